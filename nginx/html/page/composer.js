// The message input. Keeps a draft for each channel (drafts.js), enforces the length limit in bytes, and runs commands
// (commands.js).

import { grow } from "./auto-grow.js";
import { ComposerHint } from "./composer-hint.js";
import { announceMode, showMode } from "./composer-mode.js";
import { Completion } from "./completion.js";
import { typedEmoji } from "./completions.js";
import { $ } from "./dom.js";
import { Drafts } from "./drafts.js";

/** The longest time that a browser's timer can wait (ms). */
const MAX_TIMER_MS = 2 ** 31 - 1;
const utf8 = new TextEncoder();
/** A touch keyboard has no Shift + Enter. */
const touch = matchMedia("(pointer: coarse) and (hover: none)");

/** What is sent of an input: all but empty lines at the start, and white space at the end. The first line keeps its indentation. */
const textToSend = (input) => input.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();

export class Composer {
    #key = null;
    #limit = Infinity;
    /** The error `muted` of the server: {until?: number, message: string}. Undefined if the user is not muted. */
    #mute;
    #muteTimer = null;
    /** {error?, note?}: what a command has answered, until the text changes. */
    #answer = {};
    #ledger;
    #handlers;
    #input = $("message-input");
    #hint = new ComposerHint(this.#input);
    #drafts = new Drafts((key) => { if (key === this.#key) this.#show(); });
    #completion;

    /**
     * @param {{send(key: string, text: string, options: {re?: number}), edit(message: object, text: string), typing(key: string),
     *   lastOwn(key: string): object | undefined, now(): number, commands: Commands, completions: object[]}} handlers
     *   `lastOwn`: the newest own message; `now`: the server's time; `completions`: see completion.js
     */
    constructor(handlers) {
        this.#handlers = handlers;
        this.#completion = new Completion(this.#input, handlers.completions, typedEmoji);
        $("composer").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#submit();
        });
        $("composer-mode-cancel").addEventListener("click", () => this.#endMode());
        this.#input.addEventListener("keydown", (event) => {
            if (this.#completion.pressed(event) || this.#modePressed(event)) return event.preventDefault();
            if (event.key !== "Enter" || event.shiftKey || touch.matches && !event.ctrlKey && !event.metaKey) return;
            event.preventDefault();
            this.#submit();
        });
        this.#input.addEventListener("input", () => {
            this.#answer = {};
            this.#drafts.set(this.#key, { ...this.#draft, text: this.#input.value });
            this.#update();
            if (this.#key !== null && this.#input.value.trim()) handlers.typing(this.#key);
        });
        touch.addEventListener("change", () => this.#update());
        addEventListener("resize", () => grow(this.#input));
        this.#update();
    }

    get #draft() { return this.#drafts.get(this.#key); }

    set limit(bytes) {
        this.#limit = bytes ?? Infinity;
        this.#update();
    }

    /** The server's ledger. The messages of another one can't be edited or replied to. */
    set ledger(ledger) {
        this.#ledger = ledger;
        for (const key of this.#drafts.keys) {
            const { text, mode } = this.#drafts.get(key);
            if (mode?.ledger !== undefined && mode.ledger !== ledger) this.#drafts.set(key, { text });
        }
        this.#show();
    }

    /** Shows the draft of a channel. @param {string | null} key @param {{placeholder: string, isOpen: boolean}} channel */
    select(key, { placeholder, isOpen }) {
        if (key !== this.#key) this.#answer = {};
        this.#key = key;
        this.#input.disabled = !isOpen;
        this.#input.placeholder = placeholder;
        this.#show();
    }

    /** The next message of the selected channel replies to this one. */
    startReply(message) { this.#startMode("reply", message); }

    /** The input edits the text of an own message. What it had comes back afterwards. */
    startEdit(message) { this.#startMode("edit", message); }

    /** A message was deleted: nothing can be written about it any more. What was written stays. */
    messageDeleted(seq) {
        for (const key of this.#drafts.keys) {
            const { text, mode } = this.#drafts.get(key);
            if (mode?.message.seq === seq) this.#drafts.set(key, { text });
        }
        showMode(this.#draft.mode);
    }

    /** The server refuses messages of this user. @param {{until?: number, message: string}} error `until`: ms since 1970 */
    mute(error) {
        this.#mute = error;
        clearTimeout(this.#muteTimer);
        const ms = error.until - this.#handlers.now();
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

    discardDraft(key) { this.#drafts.set(key, { text: "" }); }

    /** The channel has another key: its user was renamed. */
    moveDraft(key, newKey) { this.#drafts.move(key, newKey); }

    focus() { this.#input.focus(); }

    #submit() {
        this.#completion.close();
        const text = textToSend(this.#input.value);
        if (this.#input.disabled || !text || !this.#update()) return;
        const { kind, message } = this.#draft.mode ?? {};
        if (kind === "edit") {
            this.#handlers.edit(message, text);
            return this.#endMode();
        }
        const key = this.#key;
        const answer = this.#handlers.commands.run(text, (line) => this.#handlers.send(key, line, { re: message?.seq }));
        if (!answer.error) this.#drafts.set(key, { text: "" });
        if (key === this.#key) this.#answer = answer;
        this.#show();
    }

    #startMode(kind, message) {
        this.#endMode();
        const { seq, from, text } = message;
        const before = this.#input.value;
        this.#drafts.set(this.#key, {
            text: kind === "edit" ? text : before,
            mode: { kind, message: { seq, from, text }, ...this.#ledger !== undefined && { ledger: this.#ledger }, ...kind === "edit" && { before } },
        });
        this.#show();
        announceMode();
        this.focus();
    }

    /** Ends a reply or an edit. */
    #endMode() {
        const { text, mode } = this.#draft;
        if (mode) this.#drafts.set(this.#key, { text: mode.before ?? text });
        this.#show();
    }

    /** Escape ends a reply or an edit; the up arrow in an empty input edits the newest own message. @returns {boolean} whether it did */
    #modePressed({ key, shiftKey, altKey, ctrlKey, metaKey }) {
        if (shiftKey || altKey || ctrlKey || metaKey) return false;
        const { mode } = this.#draft;
        if (key === "Escape" && mode) {
            this.#endMode();
            return true;
        }
        if (key !== "ArrowUp" || mode || this.#input.value || this.#key === null) return false;
        const message = this.#handlers.lastOwn(this.#key);
        if (message) this.startEdit(message);
        return message !== undefined;
    }

    /** Shows the draft. */
    #show() {
        const { text, mode } = this.#draft;
        // Setting the same text would move the caret.
        if (this.#input.value !== text) this.#input.value = text;
        showMode(mode);
        this.#completion.close();
        this.#update();
    }

    /** Updates the hint, the button and the height. @returns {boolean} whether the length is valid */
    #update() {
        const text = textToSend(this.#input.value);
        const left = this.#limit - utf8.encode(text).length;
        this.#hint.show({ left, mute: this.#mute, ...this.#answer, isTouch: touch.matches });
        this.#input.enterKeyHint = touch.matches ? "enter" : "send";
        $("send").disabled = left < 0 || this.#input.disabled || text === "";
        grow(this.#input);
        return left >= 0;
    }
}
