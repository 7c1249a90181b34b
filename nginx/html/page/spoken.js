// Reads new messages out to a screen reader. The log itself is no live region: it would read out the past, too, whenever some
// of it is loaded.

import { h } from "./dom.js";
import { t } from "./i18n.js";

/** What comes within this time (ms) is read out together. */
const TOGETHER_MS = 1_000;
/** Of more than these, only their number is read out: nobody can listen as fast as a room can talk. */
const AT_ONCE = 3;
/** Lines that stay in the region, which nobody sees. */
const KEPT = 20;

export class Spoken {
    #region;
    #messages = [];
    #timer = null;

    constructor(region) {
        this.#region = region;
    }

    message({ seq, from, text }) {
        this.#messages.push({ seq, line: t("said", { name: from, text }) });
        this.#timer ??= setTimeout(() => this.#speak(), TOGETHER_MS);
    }

    /** It is deleted: nobody is to hear it any more. */
    remove(seq) {
        this.#messages = this.#messages.filter((message) => message.seq !== seq);
        for (const line of [...this.#region.children]) if (line.dataset.seq === String(seq)) line.remove();
    }

    /** Another room is shown. */
    forget() { this.#messages = []; }

    #speak() {
        this.#timer = null;
        const messages = this.#messages.splice(0);
        const lines = messages.length > AT_ONCE ? [{ line: t("newer", { n: messages.length }) }] : messages;
        for (const { seq, line } of lines) {
            const element = h("p", {}, line);
            element.dataset.seq = seq;
            this.#region.append(element);
        }
        while (this.#region.childElementCount > KEPT) this.#region.firstElementChild.remove();
    }
}
