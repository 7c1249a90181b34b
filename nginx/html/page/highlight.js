// Highlights the search words in a found message. The server decides what matches. This approximates its rules: it ignores
// case and accents, and a match begins at the start of a word.

import { h } from "./dom.js";

/** Characters of a long text that are shown before its first match. */
const CONTEXT = 120;

/** The text without case and accents, with one character for each UTF-16 unit, so that the offsets stay the same. */
function folded(text) {
    return Array.from({ length: text.length }, (_, i) => text[i].normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()[0] ?? "\u0000").join("");
}

/** @returns {[number, number][]} the matches as [start, end], in order, without overlaps */
function findMatches(text, words) {
    const plain = folded(text);
    const matches = [];
    for (const word of new Set(words.split(/\s+/).map(folded))) {
        if (!word) continue;
        for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + word.length)) {
            // Inside of a Latin word it is no match. Chinese has no spaces between words.
            const isInside = at > 0 && /[\p{L}\p{N}]/u.test(plain[at - 1]) && /[a-z0-9]/.test(word[0]);
            if (!isInside) matches.push([at, at + word.length]);
        }
    }
    matches.sort(([a], [b]) => a - b);
    return matches.filter(([start], i) => i === 0 || start >= matches[i - 1][1]);
}

/** @returns {(string | HTMLElement)[]} the text with its matches marked; of a long text, the part around the first match */
export function highlight(text, words) {
    const matches = findMatches(text, words);
    const start = Math.max(0, (matches[0]?.[0] ?? 0) - CONTEXT);
    const end = Math.min(text.length, start + 3 * CONTEXT);
    const nodes = [start > 0 ? "…" : ""];
    let done = start;
    for (const [from, to] of matches.filter(([, to]) => to <= end)) {
        nodes.push(text.slice(done, from), h("mark", {}, text.slice(from, to)));
        done = to;
    }
    return [...nodes, text.slice(done, end), end < text.length ? "…" : ""];
}
