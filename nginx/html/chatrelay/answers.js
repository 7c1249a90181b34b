// Promises that wait for the answers to messages and to their changes, which have ids, and for the connection.

import { ChatRelayError, closedError, destroyedError } from "./error.js";
import { Waiting } from "./waiting.js";

/** The temporary errors, after which the library sends a message or a change again. */
const TEMPORARY_ERRORS = new Set(["try-again", "rate-limited"]);

export class Answers {
    #chat;
    /** The Waiting of each message and change, by its id. */
    #sent = new Map();
    #connecting = new Set();
    #welcome;

    constructor(chat) {
        this.#chat = chat;
        for (const type of ["message", "private", "edited", "deleted", "reaction"]) chat.addEventListener(type, ({ detail }) => this.#settle(detail));
        for (const type of ["history", "found"]) chat.addEventListener(type, ({ detail }) => detail.messages.forEach((message) => this.#settle(message)));
        chat.addEventListener("pending", ({ detail }) => this.#failed(detail));
        chat.addEventListener("error", ({ detail }) => this.#refused(detail));
        chat.addEventListener("welcome", ({ detail }) => { this.#welcome = detail; });
        chat.addEventListener("state", ({ detail }) => this.#stateChanged(detail));
    }

    /** Connects. @param {number} ms time-out */
    connect(ms) {
        this.#chat.connect();
        const waiting = new Waiting(ms, {}, () => this.#connecting.delete(waiting));
        this.#connecting.add(waiting);
        this.#stateChanged(this.#chat.state);
        return waiting.promise;
    }

    /**
     * @param {() => string} start sends the message or the change, and returns its id
     * @param {number} ms time-out @param {{isDeletion?: boolean}} [kind] @returns {Promise<object>} the event
     */
    answerTo(start, ms, kind = {}) {
        const id = start();
        const waiting = Object.assign(new Waiting(ms, { id }, () => this.#sent.delete(id)), kind);
        this.#sent.set(id, waiting);
        return waiting.promise;
    }

    /** A message was discarded. */
    discarded(id) { this.#sent.get(id)?.reject(new ChatRelayError("discarded", "The message was discarded.", { id })); }

    destroy() {
        this.#rejectAll(destroyedError);
    }

    /** An event with the id of a message or a change of this user: its answer. */
    #settle(event) {
        const waiting = event.own === false ? undefined : this.#sent.get(event.id);
        if (!waiting) return;
        if (event.type !== "deleted" || waiting.isDeletion) return waiting.resolve(event);
        waiting.reject(new ChatRelayError("deleted", "The message was stored, and deleted since.", event));
    }

    /** An error with more to tell may follow; and the message may have failed before its id was returned. */
    #failed({ id, status, code }) {
        if (status !== "failed") return;
        queueMicrotask(() => this.#sent.get(id)?.reject(new ChatRelayError(code, `The message was not sent: ${code}.`, { id })));
    }

    #refused(error) {
        if (error.id === undefined || TEMPORARY_ERRORS.has(error.code)) return;
        const reject = () => this.#sent.get(error.id)?.reject(new ChatRelayError(error.code, error.message, error));
        if (this.#sent.has(error.id)) reject();
        else queueMicrotask(reject);
    }

    #stateChanged(state) {
        if (state.state === "closed") this.#rejectAll((fields) => closedError(state, fields));
        if (state.state === "online") for (const waiting of this.#connecting) waiting.resolve(this.#welcome);
    }

    #rejectAll(errorWith) {
        for (const waiting of this.#connecting) waiting.reject(errorWith());
        for (const [id, waiting] of this.#sent) waiting.reject(errorWith({ id }));
    }
}
