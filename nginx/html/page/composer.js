// The box in which one writes. It keeps a draft for each room and person, knows the limit in bytes, and does not mistake the Enter
// that ends an input method's composition for the one that sends.

import { $ } from "./dom.js";
import { locale, t } from "./i18n.js";

/** From here on (bytes left) it says how much room there is. */
const WARN_BYTES = 200;
const utf8 = new TextEncoder();

const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const mutedUntil = (until) => until === Infinity ? t("muted") : t("mutedUntil", { until: moment.format(until) });

export class Composer {
    #key = null;
    #drafts = new Map();
    #limit = Infinity;
    /** Until when (ms since 1970) one is muted; undefined: one is not. */
    #muted;
    #text = $("text");

    /** @param {{send(key: string, text: string), typing(key: string)}} on */
    constructor(on) {
        $("composer").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#submit(on.send);
        });
        this.#text.addEventListener("keydown", (event) => {
            // 229: Safari ends the composition before this key press that ended it.
            if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
            event.preventDefault();
            this.#submit(on.send);
        });
        this.#text.addEventListener("input", () => {
            this.#measure();
            if (this.#key !== null && this.#text.value.trim()) on.typing(this.#key);
        });
        this.#measure();
    }

    set limit(bytes) {
        this.#limit = bytes;
        this.#measure();
    }

    /** @param {string | null} key of what is written to @param {{text: string, isOpen: boolean}} look what stands in it */
    select(key, { text, isOpen }) {
        this.#drafts.set(this.#key, this.#text.value);
        this.#key = key;
        this.#text.value = this.#drafts.get(key) ?? "";
        this.#text.disabled = !isOpen;
        this.#text.placeholder = text;
        this.#measure();
    }

    /** What one writes is refused. @param {number} [until] ms since 1970; without it, for ever */
    mute(until = Infinity) {
        this.#muted = until;
        this.#measure();
    }

    /** One may write, as far as is known. */
    unmute() {
        this.#muted = undefined;
        this.#measure();
    }

    forget(key) { this.#drafts.delete(key); }

    focus() { this.#text.focus(); }

    #submit(send) {
        const text = this.#text.value.trim();
        if (this.#text.disabled || !text || !this.#measure()) return;
        send(this.#key, text);
        this.#text.value = "";
        this.#measure();
    }

    /** Says what is wrong with the length, if anything. @returns {boolean} whether it may be sent. */
    #measure() {
        const left = this.#limit - utf8.encode(this.#text.value.trim()).length;
        const over = left < 0;
        const hint = $("hint");
        const muted = this.#muted > Date.now();
        hint.textContent = over ? t("tooLong", { n: -left }) : muted ? mutedUntil(this.#muted)
            : left < WARN_BYTES ? t("left", { n: left }) : t("hint");
        hint.classList.toggle("fault", over || muted);
        if (over) this.#text.setAttribute("aria-invalid", "true");
        else this.#text.removeAttribute("aria-invalid");
        $("send").disabled = over || this.#text.disabled || this.#text.value.trim() === "";
        return !over;
    }
}
