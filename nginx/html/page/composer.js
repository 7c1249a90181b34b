// The message input. Keeps a draft for each channel, enforces the length limit in bytes, and does not send on the Enter key
// that ends an input method's composition.

import { ComposerModes } from "./composer-mode.js";
import { $, announce } from "./dom.js";
import { t } from "./i18n.js";
import { muteNodes } from "./sanctions.js";

/** The hint shows the remaining bytes when fewer than this are left. */
const WARN_BYTES = 200;
/** The longest time that a browser's timer can wait (ms). */
const MAX_TIMER_MS = 2 ** 31 - 1;
const utf8 = new TextEncoder();
/** A touch keyboard has no Shift + Enter. */
const touch = matchMedia("(pointer: coarse)");

/** What is sent of an input: all but empty lines at the start, and white space at the end. The first line keeps its indentation. */
const textToSend = (input) => input.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();

export class Composer {
    #key = null;
    #drafts = new Map();
    #limit = Infinity;
    /** The error `muted` of the server: {until?: number, message: string}. Undefined if the user is not muted. */
    #mute;
    #muteTimer = null;
    #now;
    #input = $("message-input");
    #modes = new ComposerModes(() => this.#endMode());

    /**
     * @param {{send(key: string, text: string, options: {re?: number}), edit(message: object, text: string), typing(key: string),
     *   lastOwn(key: string): object | undefined, now(): number}} handlers `lastOwn`: the newest own message; `now`: the server's time
     */
    constructor(handlers) {
        this.#now = handlers.now;
        $("composer").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#submit(handlers);
        });
        this.#input.addEventListener("keydown", (event) => {
            if (this.#modePressed(event, handlers)) return event.preventDefault();
            // 229: Safari ends the composition before it reports the key press that ended it.
            if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
            if (touch.matches && !event.ctrlKey && !event.metaKey) return;
            event.preventDefault();
            this.#submit(handlers);
        });
        this.#input.addEventListener("input", () => {
            this.#update();
            if (this.#key !== null && this.#input.value.trim()) handlers.typing(this.#key);
        });
        touch.addEventListener("change", () => this.#update());
        addEventListener("resize", () => this.#fit());
        this.#update();
    }

    set limit(bytes) {
        this.#limit = bytes;
        this.#update();
    }

    /** Shows the draft of a channel. @param {string | null} key @param {{placeholder: string, isOpen: boolean}} channel */
    select(key, { placeholder, isOpen }) {
        this.#drafts.set(this.#key, this.#input.value);
        this.#key = key;
        this.#input.value = this.#drafts.get(key) ?? "";
        this.#input.disabled = !isOpen;
        this.#input.placeholder = placeholder;
        this.#modes.show(key);
        this.#update();
    }

    /** The next message of the selected channel replies to this one. */
    startReply(message) { this.#startMode({ kind: "reply", message }); }

    /** The input edits the text of an own message. What it had comes back afterwards. */
    startEdit(message) {
        this.#startMode({ kind: "edit", message, draft: this.#input.value });
        this.#input.value = message.text;
        this.#input.setSelectionRange(message.text.length, message.text.length);
        this.#update();
    }

    /** A message was deleted: nothing can be written about it any more. What was written stays. */
    messageDeleted(seq) {
        for (const key of this.#modes.keysOf(seq)) {
            this.#modes.delete(key);
            if (key === this.#key) this.#modes.show(key);
        }
    }

    /** The server refuses messages of this user. @param {{until?: number, message: string}} error `until`: ms since 1970 */
    mute(error) {
        this.#mute = error;
        clearTimeout(this.#muteTimer);
        const ms = error.until - this.#now();
        // The end is in the future. If it does not seem so, the server's time is not known yet.
        if (ms > 0 && ms < MAX_TIMER_MS) this.#muteTimer = setTimeout(() => {
            this.unmute();
            announce(t("muteEnded"));
        }, ms);
        this.#update();
    }

    unmute() {
        this.#mute = undefined;
        clearTimeout(this.#muteTimer);
        this.#update();
    }

    discardDraft(key) { this.#drafts.delete(key); }

    /** The channel has another key: its user was renamed. */
    moveDraft(key, newKey) {
        const draft = key === this.#key ? this.#input.value : this.#drafts.get(key) ?? "";
        this.#drafts.set(newKey, [this.#drafts.get(newKey), draft].filter(Boolean).join("\n"));
        this.#drafts.delete(key);
    }

    /** Also of the selected channel. {[channel key]: text} */
    get drafts() {
        const all = new Map([...this.#drafts, [this.#key, this.#input.value]]);
        for (const key of all.keys()) all.set(key, this.#modes.get(key)?.draft ?? all.get(key));
        return Object.fromEntries([...all].filter(([key, text]) => key !== null && text));
    }

    /** Call it before a channel is selected. */
    set drafts(drafts) { this.#drafts = new Map(Object.entries(drafts)); }

    focus() { this.#input.focus(); }

    #submit({ send, edit }) {
        const text = textToSend(this.#input.value);
        if (this.#input.disabled || !text || !this.#update()) return;
        const { kind, message } = this.#modes.get(this.#key) ?? {};
        if (kind === "edit") {
            edit(message, text);
            return this.#endMode();
        }
        send(this.#key, text, { re: message?.seq });
        this.#input.value = "";
        this.#endMode();
    }

    #startMode(mode) {
        this.#endMode();
        this.#modes.set(this.#key, mode);
        this.#modes.show(this.#key);
        announce(...$("composer-mode-text").cloneNode(true).childNodes);
        this.focus();
    }

    /** Ends a reply or an edit. */
    #endMode() {
        const mode = this.#modes.get(this.#key);
        this.#modes.delete(this.#key);
        this.#modes.show(this.#key);
        if (mode?.draft !== undefined) this.#input.value = mode.draft;
        this.#update();
    }

    /** Escape ends a reply or an edit; the up arrow in an empty input edits the newest own message. @returns {boolean} whether it did */
    #modePressed({ key, isComposing, shiftKey, altKey, ctrlKey, metaKey }, { lastOwn }) {
        if (isComposing || shiftKey || altKey || ctrlKey || metaKey) return false;
        const mode = this.#modes.get(this.#key);
        if (key === "Escape" && mode) {
            this.#endMode();
            return true;
        }
        if (key !== "ArrowUp" || mode || this.#input.value || this.#key === null) return false;
        const message = lastOwn(this.#key);
        if (message) this.startEdit(message);
        return message !== undefined;
    }

    /** Updates the hint, the button and the height. @returns {boolean} whether the length is valid */
    #update() {
        const text = textToSend(this.#input.value);
        const left = this.#limit - utf8.encode(text).length;
        const isTooLong = left < 0;
        const hint = $("composer-hint");
        const keys = touch.matches ? "" : t("composerHint");
        hint.replaceChildren(...isTooLong ? [t("tooLong", { n: -left })] : this.#mute ? muteNodes(this.#mute)
            : [left < WARN_BYTES ? t("bytesLeft", { n: left }) : keys]);
        hint.classList.toggle("error", isTooLong || this.#mute !== undefined);
        hint.classList.toggle("keys", hint.textContent === keys);
        this.#input.enterKeyHint = touch.matches ? "enter" : "send";
        if (isTooLong) this.#input.setAttribute("aria-invalid", "true");
        else this.#input.removeAttribute("aria-invalid");
        $("send").disabled = isTooLong || this.#input.disabled || text === "";
        this.#fit();
        return !isTooLong;
    }

    /** Makes the input as high as its text, in browsers that do not know `field-sizing` (style/layout.css). */
    #fit() {
        if (getComputedStyle(this.#input).fieldSizing === "content") return;
        this.#input.style.height = "";
        const borders = this.#input.offsetHeight - this.#input.clientHeight;
        this.#input.style.height = `${this.#input.scrollHeight + borders}px`;
    }
}
