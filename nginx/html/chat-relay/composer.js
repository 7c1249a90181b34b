// What the user writes: a text input, a button that sends, and a line for what was refused.

import { grow } from "../page/auto-grow.js";
import { h } from "../page/dom.js";

export class Composer {
    element;
    #translate;
    #actions;
    #input;
    #send;
    #error = h("p", { part: "error", className: "error", role: "alert", id: "error" });

    /** @param {{send(text: string), typing(), limit(): number}} actions `limit`: of a text, in bytes of UTF-8 */
    constructor(translate, actions) {
        const { t } = translate;
        this.#translate = translate;
        this.#actions = actions;
        this.#input = h("textarea", { part: "input", rows: 1, dir: "auto", autocomplete: "off", ariaLabel: t("message"), enterKeyHint: "send" });
        this.#input.setAttribute("aria-describedby", "error");
        this.#send = h("button", { part: "send", type: "submit", className: "primary" }, t("send"));
        this.element = h("form", { part: "composer", className: "composer", noValidate: true }, this.#input, this.#send, this.#error);
        this.element.addEventListener("submit", (event) => {
            event.preventDefault();
            this.#submit();
        });
        this.#input.addEventListener("keydown", (event) => this.#keyPressed(event));
        this.#input.addEventListener("input", () => {
            grow(this.#input);
            if (this.#input.value.trim()) this.#actions.typing();
        });
    }

    set placeholder(text) { this.#input.placeholder = text; }

    set isEnabled(isEnabled) { this.#input.disabled = this.#send.disabled = !isEnabled; }

    focus() { this.#input.focus(); }

    /** @param {string} sentence empty for none */
    showError(sentence) { this.#error.textContent = sentence; }

    /** Enter sends, unless it ends a composition (229: Safari reports the end before the key). */
    #keyPressed(event) {
        // The page may have shortcuts of its own.
        event.stopPropagation();
        if (event.key !== "Enter" || event.shiftKey || event.altKey || event.isComposing || event.keyCode === 229) return;
        event.preventDefault();
        this.#submit();
    }

    #submit() {
        const text = this.#input.value.replace(/^\n+|\s+$/g, "");
        if (!text.trim() || this.#input.disabled) return;
        const limit = this.#actions.limit();
        if (new TextEncoder().encode(text).length > limit) return this.showError(this.#translate.t("tooLong", { n: limit }));
        this.showError("");
        this.#input.value = "";
        grow(this.#input);
        this.#actions.send(text);
    }
}
