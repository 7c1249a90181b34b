// What the composer writes besides a new message: a reply to a message, or the new text of an own one. A bar above the input says
// so. Each channel has its own.

import { $, h } from "./dom.js";
import { t, tNodes } from "./i18n.js";

/** The most characters of the quoted line. */
const MAX_LENGTH = 100;

export class ComposerModes {
    /** {kind: "reply" | "edit", message, draft?}: `draft` is what the input had before an edit. */
    #modes = new Map();

    /** @param {() => void} cancelled */
    constructor(cancelled) {
        $("composer-mode-cancel").addEventListener("click", cancelled);
    }

    get(key) { return this.#modes.get(key); }
    set(key, mode) { this.#modes.set(key, mode); }
    delete(key) { this.#modes.delete(key); }
    /** The keys of the channels in which the message is edited or replied to. */
    keysOf(seq) { return [...this.#modes].filter(([, { message }]) => message.seq === seq).map(([key]) => key); }

    /** Shows the bar of a channel, or hides it. */
    show(key) {
        const mode = this.get(key);
        $("composer-mode").hidden = mode === undefined;
        const label = t(mode?.kind === "edit" ? "save" : "send");
        $("send").ariaLabel = label;
        $("send-text").textContent = label;
        if (!mode) return $("composer-mode-text").replaceChildren();
        const { kind, message: { from, text } } = mode;
        const line = text.trim().split("\n", 1)[0].slice(0, MAX_LENGTH);
        $("composer-mode-text").replaceChildren(...kind === "edit" ? [t("editing")] : tNodes("replyingTo", { name: from }),
            ...kind === "edit" ? [] : [" ", h("bdi", { className: "composer-mode-line" }, line)]);
    }
}
