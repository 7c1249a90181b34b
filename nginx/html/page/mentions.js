// Mentions in the text of a message. The server decides who is mentioned (`mentions`, `here`); this finds the words.

const escape = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
/** What a name that is not known may look like: a word. */
const WORD = "[\\p{L}\\p{N}_-]+";

/** Whether a message that somebody else has sent mentions this user, or everybody. */
export const isMentioned = ({ own, mentions, here }, self) => !own && (here === true || (mentions?.includes(self) ?? false));

/**
 * What finds the mentions of a message in a part of its text that is no code.
 * @param {{mentions?: number[], here?: boolean}} message
 * @param {{name(id: number): string | undefined}} users
 * @returns {((text: string) => {start: number, end: number, node: object}[]) | undefined} undefined for a message without mentions
 */
export function mentionFinder({ mentions = [], here = false }, users, self) {
    if (!mentions.length && !here) return undefined;
    const known = new Map(mentions.map((id) => [users.name(id)?.toLowerCase(), id]).filter(([name]) => name !== undefined));
    const names = [...known.keys()].sort((a, b) => b.length - a.length).map(escape);
    const patterns = [...names, ...here ? ["here"] : [], ...known.size < mentions.length ? [WORD] : []];
    if (!patterns.length) return undefined;
    const pattern = new RegExp(`(?<![\\p{Ll}\\p{Lu}\\p{N}_])@(?:${patterns.join("|")})(?![\\p{Ll}\\p{Lu}\\p{N}_])`, "giu");
    const isSelf = (name) => name === "here" || known.get(name) === self;
    return (text) => text.includes("@") ? Array.from(text.matchAll(pattern), ({ 0: found, index }) => ({
        start: index, end: index + found.length, node: { type: "mention", text: found, isSelf: isSelf(found.slice(1).toLowerCase()) },
    })) : [];
}
