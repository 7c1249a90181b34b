// Avatars: the initials of a name on the user's colour.

import { h, hue } from "./dom.js";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** Scripts with capital letters: two initials are read as a name. */
const CASED = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}]/u;
const HAN = /^\p{Script=Han}+$/u;
const known = new Map();
/** The most names whose initials are kept. */
const MAX_KNOWN = 2_000;

const first = (text) => graphemes.segment(text)[Symbol.iterator]().next().value?.segment ?? "";

/** One or two letters for a name: those of the first and the last word; of a Chinese name the last character, the given name's. */
export function initials(name) {
    if (known.has(name)) return known.get(name);
    const words = name.split(/[\s_.-]+/u).map((word) => word.replace(/^[^\p{L}\p{N}\p{Extended_Pictographic}]+/u, "")).filter(Boolean);
    const [start = name, end] = [words[0], words.length > 1 ? words.at(-1) : ""];
    const letters = HAN.test(start) && !end ? [...start].at(-1)
        : (CASED.test(start) && CASED.test(end) ? first(start) + first(end) : first(start)).toUpperCase();
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(name, letters);
    return letters;
}

/** The avatar of a user. Screen readers get the name beside it. */
export function avatar(name, user) {
    const element = h("span", { className: "avatar", ariaHidden: "true", textContent: initials(name) });
    element.style.setProperty("--hue", hue(name, user));
    return element;
}
