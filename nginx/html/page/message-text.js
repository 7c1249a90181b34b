// Fills an element of the page with the text of a message (formatted-text.js), and knows its source, for copying.

import { codeBlock } from "./code-block.js";
import { formattedText, isEmojiOnly } from "./formatted-text.js";

/** The whole source of an element that is filled here. */
const sources = new WeakMap();

/** Fills an element with the text. @param {(text: string) => object[]} [find] what finds mentions (mentions.js) */
export function showText(element, text, find) {
    element.replaceChildren(...formattedText(text, codeBlock, find));
    element.classList.toggle("large-emoji", isEmojiOnly(text));
    sources.set(element, text);
}

/** @returns {string | undefined} the source of an element that `showText` has filled */
export const sourceOf = (element) => sources.get(element);
