// Sends pending messages until the server answers. One message per target (room or user) is in flight at a time, so messages
// keep their order even if one is refused or lost. A repeat is harmless, because the server recognises its id.

import { keyOf } from "./pending-messages.js";
import { Backoff } from "./reconnect.js";

/** Time until an unanswered message is sent again on a working connection, in ms. */
const RESEND_MS = 10_000;
/** The errors after which a message is sent again. After any other error the message has failed. */
const TEMPORARY_ERRORS = new Set(["try-again", "rate-limited"]);

export class SendQueue {
    #pending;
    #handlers;
    /** For each target, the timer until its next message, or the same one again, is sent. */
    #timers = new Map();
    #backoff = new Backoff();

    /** @param {{canSend(key: string): boolean, send(command: object), failed(message: object)}} handlers */
    constructor(pending, handlers) {
        this.#pending = pending;
        this.#handlers = handlers;
    }

    /** Sends the oldest message to the target, unless one is in flight. */
    flush(key) {
        const message = this.#pending.first(key);
        if (!message || this.#timers.has(key) || !this.#handlers.canSend(key)) return;
        const { id, room, to, text } = message;
        this.#handlers.send(room === undefined ? { type: "private", id, to, text } : { type: "message", id, room, text });
        this.#flushAfter(key, RESEND_MS);
    }

    flushAll() {
        for (const key of new Set(this.#pending.all.map(keyOf))) this.flush(key);
    }

    /**
     * Settles the message with this id. For an event, also `text` has to match: another user may have used the same id.
     * @returns the message, or undefined if it is not a pending one
     */
    settle(id, text) {
        const pending = this.#pending.get(id);
        if (!pending || (text !== undefined && text !== pending.text)) return undefined;
        const message = this.#pending.remove(id);
        this.#backoff.reset();
        this.#sendNext(message);
        return message;
    }

    refused({ id, code, retry }) {
        const message = this.#pending.get(id);
        if (!message) return;
        if (TEMPORARY_ERRORS.has(code)) return this.#flushAfter(keyOf(message), retry ?? this.#backoff.next());
        this.#handlers.failed(this.#pending.fail(id, code));
        this.#sendNext(message);
    }

    /** The connection is lost: nothing is in flight any more. */
    connectionLost() {
        for (const timer of this.#timers.values()) clearTimeout(timer);
        this.#timers.clear();
    }

    #sendNext(message) {
        const key = keyOf(message);
        clearTimeout(this.#timers.get(key));
        this.#timers.delete(key);
        this.flush(key);
    }

    #flushAfter(key, ms) {
        clearTimeout(this.#timers.get(key));
        this.#timers.set(key, setTimeout(() => { this.#timers.delete(key); this.flush(key); }, ms));
    }
}
