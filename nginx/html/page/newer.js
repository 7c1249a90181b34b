// The button that leads back to the newest message, and counts what came while one was reading further up.

import { h } from "./dom.js";
import { t } from "./i18n.js";

export class Newer {
    element;
    #unseen = 0;

    /** @param {() => void} pressed */
    constructor(pressed) {
        this.element = h("button", { type: "button", className: "newer", hidden: true, onclick: pressed });
    }

    count() {
        this.#unseen += 1;
        this.show();
    }

    show() {
        this.element.textContent = this.#unseen ? t("newer", { n: this.#unseen }) : t("toEnd");
        this.element.hidden = false;
    }

    clear() {
        this.#unseen = 0;
        this.element.hidden = true;
    }
}
