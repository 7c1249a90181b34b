// What the message input completes: names after "@", emojis after ":", commands after "/".

import { EMOJI_NAMES } from "./emoji-names.js";
import { h } from "./dom.js";
import { locale, t } from "./i18n.js";

/** The most suggestions: few enough to be read. */
const MAX = 8;
/** A name after an "@" that no word is before. Names may have spaces. */
const NAME = /(?<![\p{Ll}\p{Lu}\p{N}_])@([^\n@]{0,40})$/u;
const EMOJI = /(?<![\p{Ll}\p{Lu}\p{N}:_/])[:：]([\p{L}\p{N}_+-]{1,30})$/u;
const order = new Intl.Collator(locale, { sensitivity: "base", numeric: true });

/** Names are compared without case and accents, and full-width letters count as others. */
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** 0: begins with it; 1: a word within does; undefined: neither. */
function rank(text, query) {
    const name = folded(text);
    if (name.startsWith(query)) return 0;
    return query && [" ", "-", "_", "."].some((separator) => name.includes(separator + query)) ? 1 : undefined;
}

/** The best of the candidates, in their order within a rank. */
function best(candidates, rankOf) {
    const ranked = candidates.map((candidate) => [rankOf(candidate), candidate]).filter(([value]) => value !== undefined);
    return ranked.sort(([a], [b]) => a - b).slice(0, MAX).map(([, candidate]) => candidate);
}

/** Within code nothing is completed. */
const isInCode = (before) => (before.match(/`/g)?.length ?? 0) % 2 === 1;

/** @param {() => string[]} names of those who can be mentioned here */
export const nameCompletion = (names) => (before) => {
    const found = NAME.exec(before);
    if (!found || /^\s/.test(found[1]) || isInCode(before)) return undefined;
    const query = folded(found[1]);
    const all = [...new Set(names())].sort(order.compare);
    const items = best([...all, "here"], (name) => rank(name, query));
    return {
        start: found.index, isComplete: [...all, "here"].some((name) => folded(name) === query.trimEnd()),
        items: items.map((name) => ({
            insert: `@${name} `, nodes: [h("bdi", {}, name), ...name === "here" ? [h("span", { className: "note" }, t("hereHint"))] : []],
        })),
    };
};

export function emojiCompletion(before) {
    const found = EMOJI.exec(before);
    if (!found || isInCode(before)) return undefined;
    const query = folded(found[1]);
    // One letter is a face: ":D". A Chinese character is a word.
    if (/^[\x00-\x7f]$/.test(query)) return undefined;
    const items = best(EMOJI_NAMES, ({ words }) => {
        const ranks = words.map((word) => rank(word, query)).filter((value) => value !== undefined);
        return ranks.length ? Math.min(...ranks) * 2 + (words[0].startsWith(query) ? 0 : 1) : undefined;
    });
    return { start: found.index, items: items.map(({ emoji, words: [name] }) => ({ insert: `${emoji} `, nodes: [h("span", { className: "emoji" }, emoji), `:${name}:`] })) };
}

/** The emoji of a name that was just completed by hand, as in ":tada:". @returns {{start: number, insert: string} | undefined} */
export function typedEmoji(before) {
    const found = /^([^]*)[:：]$/.exec(before);
    const name = found && EMOJI.exec(found[1]);
    const emoji = name && !isInCode(before) && EMOJI_NAMES.find(({ words }) => words.includes(name[1]))?.emoji;
    return emoji ? { start: name.index, insert: emoji } : undefined;
}

/** @param {Commands} commands */
export const commandCompletion = (commands) => (before) => {
    const found = /^\/(\w*)$/.exec(before);
    if (!found) return undefined;
    const all = commands.all.filter(({ name }) => name.startsWith(found[1].toLowerCase()));
    return {
        start: 0, isComplete: !found[1] || all.some(({ name }) => name === found[1]),
        items: all.map(({ name, usage }) => ({ insert: `/${name} `, nodes: [`/${name} `, h("span", { className: "note" }, usage)] })),
    };
};

/** @returns {() => string[]} the names that a message in the selected channel can mention */
export const mentionable = ({ chat, users, members, selected }) => () => {
    const { isPrivate, name, key } = selected() ?? {};
    const others = isPrivate ? [{ name }] : [...members.known(key), ...users.all];
    return others.filter(({ user, name: each }) => each !== chat.name && (user === undefined || user !== chat.user)).map((each) => each.name);
};
