// Copying from messages gives what their writers typed, with the markers that the formatting hides. A part of one code or of one
// bold word has none.

import { sourceOf } from "./message-text.js";

/** Elements that are no part of a text. */
const EXTRAS = "button, .edited";

/** The source of a part of a text. Fragments have no sources of their own (`sourceOf`). */
function serialise(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.matches?.(EXTRAS)) return "";
    const inner = [...node.childNodes].map(serialise).join("");
    if (node.tagName === "BLOCKQUOTE") return inner.replace(/^(?!$)/gm, "> ");
    const { open = "", close = "" } = node.dataset ?? {};
    return open + inner + close;
}

/** The source of the selection within one text. */
function sourceIn(element, range) {
    const whole = document.createRange();
    whole.selectNodeContents(element);
    const isWhole = range.compareBoundaryPoints(Range.START_TO_START, whole) <= 0
        && range.toString().trim() === whole.toString().trim();
    return isWhole ? sourceOf(element) : serialise(range.cloneContents());
}

/** The part of the range within an element. */
function clipped(range, element) {
    const part = document.createRange();
    part.selectNodeContents(element);
    if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0) part.setStart(range.startContainer, range.startOffset);
    if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) part.setEnd(range.endContainer, range.endOffset);
    return part;
}

/** Several messages are copied with the names of their writers. */
function sourceOfRows(rows, range) {
    return rows.map((row) => {
        const text = row.querySelector(".message-text");
        return `${row.querySelector(".user-name").textContent}: ${sourceIn(text, clipped(range, text))}`;
    }).join("\n");
}

export function copySources() {
    document.addEventListener("copy", (event) => {
        const selection = getSelection();
        if (selection.isCollapsed || event.target.closest?.("input, textarea")) return;
        const range = selection.getRangeAt(0);
        const ancestor = range.commonAncestorContainer;
        const container = ancestor.nodeType === Node.ELEMENT_NODE ? ancestor : ancestor.parentElement;
        const text = container.closest(".message-text");
        const rows = [...container.querySelectorAll(".message")].filter((row) => range.intersectsNode(row.querySelector(".message-text")));
        const source = text ? sourceIn(text, range) : container.closest(".message-list") && rows.length ? sourceOfRows(rows, range) : undefined;
        if (source === undefined) return;
        event.preventDefault();
        event.clipboardData.setData("text/plain", source);
    });
}
