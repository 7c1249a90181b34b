// Links in what people write: only http and https, as the browser itself reads the address, and nothing that makes it look
// like another one.

import { h } from "./dom.js";

/**
 * An address ends at white space, quotes, angle brackets, a backslash (browsers read it as a slash), at East Asian
 * punctuation, and at every invisible character: those that turn the direction of writing could make it read backwards.
 */
const ADDRESS = /\bhttps?:\/\/[^\s"<>\\`\p{Cc}\p{Cf}\p{Co}\p{Cn}\u3000-\u3003\u3008-\u3011\u3014-\u301b\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\u2018-\u201f]+/giu;
/** What ends a sentence, not an address. */
const TRAILING = /[.,;:!?'*_~)\]}]$/;
const OPENING = { ")": "(", "]": "[", "}": "{" };

/** Takes off the punctuation of the sentence around it; a bracket stays where the address opened it. */
function withoutTrailing(address) {
    const counts = new Map();
    for (const character of address) counts.set(character, (counts.get(character) ?? 0) + 1);
    let end = address.length;
    for (; TRAILING.test(address[end - 1]); end--) {
        const closing = address[end - 1];
        const open = counts.get(OPENING[closing]) ?? 0;
        if (closing in OPENING && open >= counts.get(closing)) break;
        counts.set(closing, counts.get(closing) - 1);
    }
    return address.slice(0, end);
}

function link(address) {
    const url = URL.parse?.(address) ?? (URL.canParse(address) ? new URL(address) : null);
    // "https://bank.example@other.example/" goes to the other one.
    if (!url || !["http:", "https:"].includes(url.protocol) || url.username || url.password) return null;
    // Letters of a foreign script that look like others are shown as the browser reads them.
    const isPlain = address.toLowerCase().startsWith(`${url.protocol}//${url.host}`);
    return h("a", {
        href: url.href, target: "_blank", rel: "noopener noreferrer nofollow", dir: "ltr", textContent: isPlain ? address : url.href,
    });
}

/** @returns {(string | HTMLAnchorElement)[]} the text with its links, for `append` */
export function linked(text) {
    const pieces = [];
    let done = 0;
    for (const { 0: found, index } of text.matchAll(ADDRESS)) {
        const address = withoutTrailing(found);
        const element = link(address);
        if (!element) continue;
        pieces.push(text.slice(done, index), element);
        done = index + address.length;
    }
    return [...pieces, text.slice(done)].filter((piece) => piece !== "");
}
