// The message input. Keeps a draft for each channel, enforces the length limit in bytes, and does not send on the Enter key
// that ends an input method's composition.

import { $ } from "./dom.js";
import { locale, t } from "./i18n.js";

/** The hint shows the remaining bytes when fewer than this are left. */
const WARN_BYTES = 200;
const utf8 = new TextEncoder();

const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const muteHint = (until) => until === Infinity ? t("muted") : t("mutedUntil", { until: dateTime.format(until) });

export class Composer {
    #key = null;
    #drafts = new Map();
    #limit = Infinity;
    /** The end of the mute (ms since 1970). Undefined if the user is not muted. */
    #mutedUntil;
    /** When it ends as far as this client knows. */
    #unmuteAt;
    #now;
    #input = $("message-input");

    /** @param {{send(key: string, text: string), typing(key: string), now(): number}} handlers `now`: the server's time */
    constructor(handlers) {
        this.#now = handlers.now;
        $("composer").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#submit(handlers.send);
        });
        this.#input.addEventListener("keydown", (event) => {
            // 229: Safari ends the composition before it reports the key press that ended it.
            if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
            event.preventDefault();
            this.#submit(handlers.send);
        });
        this.#input.addEventListener("input", () => {
            this.#validate();
            if (this.#key !== null && this.#input.value.trim()) handlers.typing(this.#key);
        });
        this.#validate();
    }

    set limit(bytes) {
        this.#limit = bytes;
        this.#validate();
    }

    /** Shows the draft of a channel. @param {string | null} key @param {{placeholder: string, isOpen: boolean}} channel */
    select(key, { placeholder, isOpen }) {
        this.#drafts.set(this.#key, this.#input.value);
        this.#key = key;
        this.#input.value = this.#drafts.get(key) ?? "";
        this.#input.disabled = !isOpen;
        this.#input.placeholder = placeholder;
        this.#validate();
    }

    /** The server refuses messages of this user. @param {number} [until] ms since 1970; without it, for ever */
    mute(until = Infinity) {
        this.#mutedUntil = until;
        // The end is in the future. If it does not seem so, the server's time is not known yet.
        this.#unmuteAt = until > this.#now() ? until : Infinity;
        this.#validate();
    }

    unmute() {
        this.#mutedUntil = undefined;
        this.#validate();
    }

    discardDraft(key) { this.#drafts.delete(key); }

    /** Also of the selected channel. {[channel key]: text} */
    get drafts() {
        const all = new Map([...this.#drafts, [this.#key, this.#input.value]]);
        return Object.fromEntries([...all].filter(([key, text]) => key !== null && text));
    }

    /** Call it before a channel is selected. */
    set drafts(drafts) { this.#drafts = new Map(Object.entries(drafts)); }

    focus() { this.#input.focus(); }

    #submit(send) {
        const text = this.#input.value.trim();
        if (this.#input.disabled || !text || !this.#validate()) return;
        send(this.#key, text);
        this.#input.value = "";
        this.#validate();
    }

    /** Updates the hint and the button. @returns {boolean} whether the length is valid */
    #validate() {
        const left = this.#limit - utf8.encode(this.#input.value.trim()).length;
        const isTooLong = left < 0;
        const isMuted = this.#mutedUntil !== undefined && this.#unmuteAt > this.#now();
        const hint = $("composer-hint");
        hint.textContent = isTooLong ? t("tooLong", { n: -left }) : isMuted ? muteHint(this.#mutedUntil)
            : left < WARN_BYTES ? t("bytesLeft", { n: left }) : t("composerHint");
        hint.classList.toggle("error", isTooLong || isMuted);
        if (isTooLong) this.#input.setAttribute("aria-invalid", "true");
        else this.#input.removeAttribute("aria-invalid");
        $("send").disabled = isTooLong || this.#input.disabled || this.#input.value.trim() === "";
        return !isTooLong;
    }
}
