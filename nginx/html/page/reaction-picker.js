// The emojis to react with: a few common ones, and a field for any other.

import { $, h } from "./dom.js";
import { t } from "./i18n.js";
import { moveFocus, showAt } from "./popover.js";

export const EMOJIS = [
    "👍", "❤️", "😂", "🎉", "😮", "😢", "👎", "🙏", "👏", "🔥", "✅", "❌",
    "👀", "🤔", "😀", "😅", "😍", "😎", "😡", "🚀", "💯", "💡", "☕", "👋",
];
/** The emojis in a row (style/reactions.css). */
const COLUMNS = 8;
const graphemes = new Intl.Segmenter();

/** The server decides; this finds the usual mistakes. */
const isEmoji = (text) => [...graphemes.segment(text)].length === 1 && /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(text);

export class ReactionPicker {
    #popover = $("reaction-picker");
    #picked = () => {};

    constructor() {
        const buttons = EMOJIS.map((emoji) => h("button", {
            type: "button", className: "plain emoji", ariaLabel: t("reactWith", { emoji }), onclick: () => this.#pick(emoji),
        }, emoji));
        $("emoji-grid").append(...buttons);
        $("emoji-grid").addEventListener("keydown", (event) => moveFocus(event, buttons, COLUMNS));
        $("emoji-form").addEventListener("submit", (event) => {
            event.preventDefault();
            const emoji = $("emoji-input").value.trim();
            if (isEmoji(emoji)) return this.#pick(emoji);
            $("emoji-error").textContent = t("errors.bad-emoji");
            $("emoji-input").setAttribute("aria-invalid", "true");
        });
    }

    /** @param {Element} button at which it opens @param {(emoji: string) => void} picked */
    open(button, picked) {
        this.#picked = picked;
        $("emoji-input").value = $("emoji-error").textContent = "";
        $("emoji-input").removeAttribute("aria-invalid");
        showAt(this.#popover, button);
        $("emoji-grid").querySelector("button").focus();
    }

    #pick(emoji) {
        this.#popover.hidePopover();
        this.#picked(emoji);
    }
}
