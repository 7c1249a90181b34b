// Folds a long text, so that one message can't fill many screens. The whole text stays in the document, for screen readers and
// for the browser's search.

import { h } from "./dom.js";
import { t } from "./i18n.js";

/** A text of more lines than this is folded. style/messages.css shows about 20 of them. */
const MAX_LINES = 30;
/** The bytes of a line, roughly: a Chinese character has three, and is twice as wide as a letter. */
const BYTES_IN_LINE = 80;
const utf8 = new TextEncoder();

const isLong = (text) => text.split("\n").length + utf8.encode(text).length / BYTES_IN_LINE > MAX_LINES;

/**
 * Folds the element if its text is long. @returns {HTMLElement[]} the button that unfolds it, if any. The element dispatches
 * `fold` when it changes its height.
 */
export function foldIfLong(element) {
    if (!isLong(element.textContent)) return [];
    const button = h("button", { type: "button", className: "link unfold", onclick: () => fold(button.ariaExpanded === "true") });
    const fold = (isFolded) => {
        element.classList.toggle("folded", isFolded);
        button.ariaExpanded = String(!isFolded);
        button.textContent = t(isFolded ? "showAll" : "showLess");
        if (isFolded) element.scrollTop = 0;
        element.dispatchEvent(new Event("fold", { bubbles: true }));
        if (isFolded) button.scrollIntoView({ block: "nearest" });
    };
    // The browser scrolls to a link that gets the focus, or to a word that it finds.
    element.addEventListener("scroll", () => { if (element.scrollTop > 0) fold(false); });
    element.classList.add("folded");
    Object.assign(button, { ariaExpanded: "false", textContent: t("showAll") });
    return [button];
}
