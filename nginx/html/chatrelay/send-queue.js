// Sends pending messages and changes until the server answers. One per target (room, user or changed message) is in flight at
// a time, so that they keep their order even if one is refused or lost. A repeat is harmless, because the server recognises its id.

import { isChange, keyOf } from "./pending-messages.js";
import { Backoff } from "./reconnect.js";
import { sizeOf } from "./text.js";

/** Time until an unanswered message is sent again on a working connection, in ms. */
const RESEND_MS = 10_000;
/** The errors after which a message is sent again. After any other error the message has failed. */
const TEMPORARY_ERRORS = new Set(["try-again", "rate-limited"]);
/** The longest WebSocket message that the server accepts, in bytes. It closes the connection after a longer one. */
const MAX_MESSAGE_BYTES = 65_536;
/** The errors of a message that may not name its id, because the server could not read it. */
const UNREADABLE = new Set(["bad-json", "unknown-type", "missing-field", "bad-id"]);
/** The close code of a message that is too big for the server, or for a proxy (RFC 6455 §7.4.1). */
const TOO_BIG = 1009;
/** A message is given up when it was in flight at this many refusals that name no message. Others may have caused one. */
const MAX_SUSPICIONS = 3;

function commandOf({ id, type, room, to, text, re, message, emoji, on }) {
    if (message !== undefined) return { type, id, message, text, emoji, on };
    if (room !== undefined) return { type: "message", id, room, text, re };
    return { type: "private", id, ...typeof to === "number" ? { user: to } : { to }, text, re };
}

export class SendQueue {
    #pending;
    #handlers;
    /** For each target, the timer until its next message, or the same one again, is sent. */
    #timers = new Map();
    #inFlight = new Set();
    /** For each message, how many refusals it may have caused. */
    #suspicions = new Map();
    #backoff = new Backoff();

    /**
     * @param {{canSend(key: string): boolean, maxBytes(): number, send(command: object), changed(message: object),
     *   refused(change: object, code: string)}} handlers `refused`: a change that is given up without an answer of the server */
    constructor(pending, handlers) {
        this.#pending = pending;
        this.#handlers = handlers;
    }

    /** Sends the oldest message to the target, unless one is in flight. */
    flush(key) {
        if (this.#timers.has(key) || !this.#handlers.canSend(key)) return;
        const message = this.#pending.first(key);
        if (!message) return;
        const command = commandOf(message);
        const isTooLong = sizeOf(message.text ?? "") > this.#handlers.maxBytes() || sizeOf(JSON.stringify(command)) > MAX_MESSAGE_BYTES;
        if (isTooLong) return this.#fail(message, "text-too-long");
        // First the timer: a failed write ends the connection, and with it all timers.
        this.#flushAfter(key, RESEND_MS);
        this.#inFlight.add(message.id);
        this.#handlers.send(command);
    }

    flushAll() {
        for (const key of this.#pending.keys) this.flush(key);
    }

    /**
     * Settles the message or the change with this id. @param {(pending: object) => boolean} [isSame] whether it is the pending
     *   one: another user may have used the same id. @returns the message or change, or undefined if it is not a pending one
     */
    settle(id, isSame = () => true) {
        const pending = this.#pending.get(id);
        if (!pending || !isSame(pending)) return undefined;
        const message = this.#pending.remove(id);
        this.#backoff.reset();
        this.#sendNext(message);
        return message;
    }

    refused({ id, code, retry }) {
        const message = this.#pending.get(id);
        if (!message) return;
        if (!TEMPORARY_ERRORS.has(code)) return void (isChange(message) ? this.#drop(message) : this.#fail(message, code));
        this.#flushAfter(keyOf(message), retry ?? this.#backoff.next());
        if (code === "try-again") this.#pending.note(id, code);
    }

    /** The server refused something, and does not say what: it may have been a message in flight. */
    refusedUnnamed(code) { if (UNREADABLE.has(code)) this.#suspect(code); }

    /** No message can be sent to the room: this user may not join it, or has left it. */
    roomRefused(room, code) {
        for (const message of this.#pending.all.filter((each) => each.room === room && each.status === "pending")) {
            this.#fail(message, code);
        }
    }

    /** A failed message was made pending, or discarded. */
    forget(id) {
        this.#suspicions.delete(id);
        this.#inFlight.delete(id);
    }

    /** The connection is lost: nothing is in flight any more, and what the server said of it is over. */
    connectionLost(code) {
        if (code === TOO_BIG) this.#suspect("text-too-long");
        this.#pending.forgetNotes();
        for (const timer of this.#timers.values()) clearTimeout(timer);
        this.#timers.clear();
        this.#inFlight.clear();
    }

    /** Gives up a message in flight if there is only one, or if it was in flight at several refusals. */
    #suspect(code) {
        const suspects = [...this.#inFlight].map((id) => this.#pending.get(id)).filter((message) => message?.status === "pending");
        for (const message of suspects) {
            const count = (this.#suspicions.get(message.id) ?? 0) + 1;
            this.#suspicions.set(message.id, count);
            if (suspects.length === 1 || count >= MAX_SUSPICIONS) this.#fail(message, code);
        }
    }

    /** Gives up a change. */
    giveUp(change, code) {
        this.#drop(change);
        this.#handlers.refused(change, code);
    }

    #drop(message) {
        this.#pending.remove(message.id);
        this.#sendNext(message);
    }

    #fail(failed, code) {
        if (isChange(failed)) return this.giveUp(failed, code);
        const { id } = failed;
        const message = this.#pending.fail(id, code);
        this.#handlers.changed(message);
        this.#sendNext(message);
    }

    #sendNext(message) {
        const key = keyOf(message);
        this.forget(message.id);
        clearTimeout(this.#timers.get(key));
        this.#timers.delete(key);
        this.flush(key);
    }

    #flushAfter(key, ms) {
        clearTimeout(this.#timers.get(key));
        this.#timers.set(key, setTimeout(() => { this.#timers.delete(key); this.flush(key); }, ms));
    }
}
