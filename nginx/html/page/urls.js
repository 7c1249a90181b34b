// Finds the URLs in a text: only http and https, parsed by the browser, and shown so that they do not look like another URL. Pure.

/**
 * A URL ends at white space, quotes, angle brackets, a backslash (browsers read it as a slash), East Asian punctuation, and
 * invisible characters: bidirectional controls could make it read backwards. Joiners (ZWNJ, ZWJ) and tags are invisible, too,
 * but belong to Persian and Indic words, and to emoji.
 */
const URL_PATTERN = /\bhttps?:\/\/(?:[^\s"<>\\`\p{Cc}\p{Cf}\p{Co}\p{Cn}\u3000-\u3003\u3008-\u3011\u3014-\u301b\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\u2018-\u201f]|[\u200c\u200d\u{e0020}-\u{e007f}])+/giu;
/** Punctuation that ends a sentence, not a URL; joiners that join nothing. */
const TRAILING = /[.,;:!?'*_~)\]}\u200c\u200d]$/;
const OPENING = { ")": "(", "]": "[", "}": "{" };

/** Removes trailing punctuation. A closing bracket stays if the URL contains the opening one. */
function withoutTrailing(text) {
    const counts = new Map();
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
    let end = text.length;
    for (; TRAILING.test(text[end - 1]); end--) {
        const closing = text[end - 1];
        const open = counts.get(OPENING[closing]) ?? 0;
        if (closing in OPENING && open >= counts.get(closing)) break;
        counts.set(closing, counts.get(closing) - 1);
    }
    return text.slice(0, end);
}

/** A URL that leads where it seems to. Undefined for others. */
export function parseUrl(text) {
    const url = URL.parse?.(text) ?? (URL.canParse(text) ? new URL(text) : undefined);
    // "https://bank.example@other.example/" leads to other.example.
    return url && ["http:", "https:"].includes(url.protocol) && !url.username && !url.password ? url : undefined;
}

/** @returns {{start: number, end: number, node: {type: "link", href: string, text: string}}[]} in order */
export function findLinks(text) {
    if (!text.includes("://")) return [];
    return [...text.matchAll(URL_PATTERN)].flatMap(({ 0: found, index: start }) => {
        const source = withoutTrailing(found);
        const url = parseUrl(source);
        if (!url) return [];
        // A host with letters that look like Latin ones is shown in Punycode.
        const isPlain = source.toLowerCase().startsWith(`${url.protocol}//${url.host}`);
        return [{ start, end: start + source.length, node: { type: "link", href: url.href, text: isPlain ? source : url.href } }];
    });
}
