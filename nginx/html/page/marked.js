// The words that were looked for, marked in what was found. The server decides what is found; this is to see why, and nearly
// its way: case and accents do not matter, and a word is found where it begins.

import { h } from "./dom.js";

/** Characters of a long text that are shown around its first marked word. */
const AROUND = 120;

/** Characters without case and accents: one for each UTF-16 unit of the text, so that places stay the same. */
function folded(text) {
    return Array.from({ length: text.length }, (_, i) => text[i].normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()[0] ?? "\u0000").join("");
}

/** @returns {[number, number][]} where the words are, in order, none over another */
function places(text, words) {
    const plain = folded(text);
    const found = [];
    for (const word of new Set(words.split(/\s+/).map(folded))) {
        if (!word) continue;
        for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + word.length)) {
            // Within a word of an alphabet it is not what was meant; Chinese has no spaces.
            const isInside = at > 0 && /[\p{L}\p{N}]/u.test(plain[at - 1]) && /[a-z0-9]/.test(word[0]);
            if (!isInside) found.push([at, at + word.length]);
        }
    }
    found.sort(([a], [b]) => a - b);
    return found.filter(([start], i) => i === 0 || start >= found[i - 1][1]);
}

/** @returns {(string | HTMLElement)[]} the text, or what is around its first marked word */
export function marked(text, words) {
    const all = places(text, words);
    const start = Math.max(0, (all[0]?.[0] ?? 0) - AROUND);
    const end = Math.min(text.length, start + 3 * AROUND);
    const pieces = [start > 0 ? "…" : ""];
    let done = start;
    for (const [from, to] of all.filter(([, to]) => to <= end)) {
        pieces.push(text.slice(done, from), h("mark", {}, text.slice(from, to)));
        done = to;
    }
    return [...pieces, text.slice(done, end), end < text.length ? "…" : ""];
}
