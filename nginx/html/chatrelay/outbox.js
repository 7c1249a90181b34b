// Sends what is pending until it is answered: one message at a time for each place, so that they arrive in the order in which
// they were said whatever is refused or lost in between. To send one twice is harmless: the server knows its id.

import { keyOf } from "./pending.js";
import { Backoff } from "./reconnect.js";

/** Without an answer for this long (ms), though the line is alive, a message is sent again. */
const RESEND_MS = 10_000;
/** What repeating can mend. Any other error makes a message fail. */
const PASSING = new Set(["try-again", "rate-limited"]);

export class Outbox {
    #pending;
    #on;
    /** Of each place, the timer until its next message is sent, or the same one again. */
    #timers = new Map();
    #backoff = new Backoff();

    /** @param {{isOpen(key: string): boolean, write(command: object), failed(message: object)}} on */
    constructor(pending, on) {
        this.#pending = pending;
        this.#on = on;
    }

    /** Sends the oldest message of the place, unless one is on its way. */
    flush(key) {
        const message = this.#pending.first(key);
        if (!message || this.#timers.has(key) || !this.#on.isOpen(key)) return;
        const { id, room, to, text } = message;
        this.#on.write(room === undefined ? { type: "private", id, to, text } : { type: "message", id, room, text });
        this.#again(key, RESEND_MS);
    }

    /** Sends what can be sent, of all places. */
    flushAll() {
        for (const key of new Set(this.#pending.all.map(keyOf))) this.flush(key);
    }

    /**
     * The message with this id has arrived, with this text (of an event: the id may be somebody else's).
     * @returns it, or undefined where it is none of ours.
     */
    arrived(id, text) {
        const pending = this.#pending.get(id);
        if (!pending || (text !== undefined && text !== pending.text)) return undefined;
        const message = this.#pending.forget(id);
        this.#backoff.reset();
        this.#next(message);
        return message;
    }

    refused({ id, code, retry }) {
        const message = this.#pending.get(id);
        if (!message) return;
        if (PASSING.has(code)) return this.#again(keyOf(message), retry ?? this.#backoff.next());
        this.#on.failed(this.#pending.fail(id, code));
        this.#next(message);
    }

    /** The line broke: what was on its way is sent again when its place is open again. */
    lost() {
        for (const timer of this.#timers.values()) clearTimeout(timer);
        this.#timers.clear();
    }

    #next(message) {
        const key = keyOf(message);
        clearTimeout(this.#timers.get(key));
        this.#timers.delete(key);
        this.flush(key);
    }

    #again(key, ms) {
        clearTimeout(this.#timers.get(key));
        this.#timers.set(key, setTimeout(() => { this.#timers.delete(key); this.flush(key); }, ms));
    }
}
