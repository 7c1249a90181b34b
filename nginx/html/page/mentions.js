// Mentions in the text of a message. The server decides who is mentioned (`mentions`, `here`); this finds the words.

import { h } from "./dom.js";
import { linkify } from "./links.js";

const escape = (text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
/** What a name that is not known may look like: a word. */
const WORD = "[\\p{L}\\p{N}_-]+";

/** Whether a message that somebody else has sent mentions this user, or everybody. */
export const isMentioned = ({ own, mentions, here }, self) => !own && (here === true || (mentions?.includes(self) ?? false));

/**
 * @param {{text: string, mentions?: number[], here?: boolean}} message
 * @param {{name(id: number): string | undefined}} users
 * @returns {(string | HTMLElement)[]} the text with its links and mentions, for `append`
 */
export function textNodes({ text, mentions = [], here = false }, users, self) {
    const nodes = linkify(text);
    if (!mentions.length && !here) return nodes;
    const known = new Map(mentions.map((id) => [users.name(id)?.toLowerCase(), id]).filter(([name]) => name !== undefined));
    const names = [...known.keys()].sort((a, b) => b.length - a.length).map(escape);
    const patterns = [...names, ...here ? ["here"] : [], ...known.size < mentions.length ? [WORD] : []];
    if (!patterns.length) return nodes;
    const pattern = new RegExp(`(?<![\\p{Ll}\\p{Lu}\\p{N}_])@(?:${patterns.join("|")})(?![\\p{Ll}\\p{Lu}\\p{N}_])`, "giu");
    return nodes.flatMap((node) => typeof node === "string" ? marked(node, pattern, (name) => name === "here" || known.get(name) === self) : [node]);
}

function marked(text, pattern, isSelf) {
    const nodes = [];
    let done = 0;
    for (const { 0: found, index } of text.matchAll(pattern)) {
        nodes.push(text.slice(done, index), h("strong", { className: `mention${isSelf(found.slice(1).toLowerCase()) ? " self" : ""}` }, found));
        done = index + found.length;
    }
    return [...nodes, text.slice(done)].filter((node) => node !== "");
}
