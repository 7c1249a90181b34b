// The button that scrolls to the newest message. It counts the messages that arrived while the user was reading earlier ones.

import { h } from "./dom.js";
import { t } from "./i18n.js";

export class JumpToLatest {
    element;
    #newMessages = 0;

    /** @param {() => void} clicked */
    constructor(clicked) {
        this.element = h("button", { type: "button", className: "jump-to-latest", hidden: true, onclick: clicked });
    }

    increment() {
        this.#newMessages += 1;
        this.show();
    }

    show() {
        this.element.textContent = this.#newMessages ? t("newMessageCount", { n: this.#newMessages }) : t("jumpToLatest");
        this.element.hidden = false;
    }

    reset() {
        this.#newMessages = 0;
        this.element.hidden = true;
    }
}
