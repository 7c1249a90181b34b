// Links as elements.

import { h } from "./dom.js";
import { findLinks } from "./urls.js";

/** @param {{href: string, text: string}} link (urls.js) */
export const linkElement = ({ href, text }) => h("a", {
    href, target: "_blank", rel: "noopener noreferrer nofollow", dir: "ltr", textContent: text,
});

/** @returns {(string | HTMLAnchorElement)[]} the text with its URLs as links, for `append` */
export function linkify(text) {
    const nodes = [];
    let done = 0;
    for (const { start, end, node } of findLinks(text)) {
        nodes.push(text.slice(done, start), linkElement(node));
        done = end;
    }
    return [...nodes, text.slice(done)].filter((node) => node !== "");
}
