// Reads new messages to a screen reader. The message list itself is not a live region, because a screen reader would also
// read history that is loaded into it.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { plainText } from "./markdown.js";

/** Messages within this time (ms) are read together. */
const BATCH_MS = 1_000;
/** Of more messages than this in a batch, only the count is read. */
const MAX_BATCH = 3;
/** The most paragraphs that stay in the region, which is not visible. */
const MAX_PARAGRAPHS = 20;

export class LiveRegion {
    #region;
    #messages = [];
    #timer = null;

    constructor(region) {
        this.#region = region;
    }

    addMessage({ seq, from, text }) {
        this.#messages.push({ seq, text: t("spokenMessage", { name: from, text: plainText(text) }) });
        this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS);
    }

    deleteMessage(seq) {
        this.#messages = this.#messages.filter((message) => message.seq !== seq);
        for (const paragraph of [...this.#region.children]) if (paragraph.dataset.seq === String(seq)) paragraph.remove();
    }

    /** Drops messages that are not read yet: another channel is selected. */
    cancel() { this.#messages = []; }

    #flush() {
        this.#timer = null;
        const messages = this.#messages.splice(0);
        const batch = messages.length > MAX_BATCH ? [{ text: t("newMessageCount", { n: messages.length }) }] : messages;
        for (const { seq, text } of batch) {
            const paragraph = h("p", {}, text);
            paragraph.dataset.seq = seq;
            this.#region.append(paragraph);
        }
        while (this.#region.childElementCount > MAX_PARAGRAPHS) this.#region.firstElementChild.remove();
    }
}
