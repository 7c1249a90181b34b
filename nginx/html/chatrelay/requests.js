// Requests that have an answer without an id: history, search, join and so on. The answer names the room or the user, and an error does,
// too, so one request of each place is under way at a time, and the others wait. A request waits for the connection and for its room,
// and is sent again after a lost connection, and after a temporary error when the server allows it.

import { ChatRelayError, closedError, destroyedError } from "./error.js";
import { Waiting } from "./waiting.js";

/** The answers that name no room or user, although some have a `user`. */
const OF_NO_PLACE = new Set(["renamed", "presence", "rooms", "devices", "link", "recovery", "signed-out"]);
const ANSWERS = [...OF_NO_PLACE, "joined", "left", "history", "found", "who", "topic", "ack"];
const TEMPORARY_ERRORS = new Set(["try-again", "rate-limited"]);
/** Time until the next attempt after a temporary error without `retry`, in ms. */
const RETRY_MS = 1_000;

/** A key of the place. A room name contains no "@". */
const keyOf = ({ room, user, with: name } = {}) => room ?? (user === undefined && name === undefined ? "" : `@${JSON.stringify(user ?? name)}`);
/** The keys of the requests that an event may be about. An answer has the id and the name of a user, the request one of them. */
const keysOf = (event) => [keyOf(event), keyOf({ ...event, user: undefined })];

export class Requests {
    #chat;
    /** For each place, its requests. The first one is under way, or waits. */
    #queues = new Map();
    #isDestroyed = false;

    constructor(chat) {
        this.#chat = chat;
        for (const type of ANSWERS) chat.addEventListener(type, ({ detail }) => this.#answered(type, detail));
        chat.addEventListener("error", ({ detail }) => this.#refused(detail));
        chat.addEventListener("state", ({ detail }) => this.#stateChanged(detail));
        // The client can send when it has handled the event.
        for (const type of ["welcome", "joined", "left"]) chat.addEventListener(type, () => queueMicrotask(() => this.#flushAll()));
    }

    /**
     * @param {{place?: {room} | {user} | {with}, command: string, answers: string[], send(): boolean | string | void, isReady?(): boolean,
     *   matches?(answer: object): boolean, hasId?: boolean, isUrgent?: boolean}} request `send` returns false if it can't, or the id of the command if it has one.
     *   `isReady`: default: there is a connection. With `hasId` it waits for no other one. `isUrgent`: before those that wait, too
     * @param {number} ms time-out @returns {Promise<object>} the answer
     */
    add(request, ms) {
        if (this.#isDestroyed) throw destroyedError();
        const { place, hasId, isUrgent } = request;
        const key = hasId ? Symbol() : keyOf(place);
        const entry = { ...request, key, isSent: false, waiting: new Waiting(ms, place, () => this.#remove(entry)) };
        const queue = this.#queues.get(key) ?? [];
        this.#queues.set(key, isUrgent && !queue[0]?.isSent ? [entry, ...queue] : [...queue, entry]);
        this.#flush(key);
        return entry.waiting.promise;
    }

    destroy() {
        this.#isDestroyed = true;
        this.#rejectAll(destroyedError());
    }

    /** The first request of each place, if it was sent. */
    get #underWay() { return [...this.#queues.values()].map(([first]) => first).filter(({ isSent }) => isSent); }

    #answered(type, event) {
        const keys = OF_NO_PLACE.has(type) ? [""] : keysOf(event);
        const isAnswered = ({ id, key, answers, matches = () => true }) =>
            answers.includes(type) && (id === undefined ? keys.includes(key) : event.id === id) && matches(event);
        this.#underWay.find(isAnswered)?.waiting.resolve(event);
    }

    #refused(error) {
        const keys = keysOf(error);
        // `typing` is refused to a muted user, and names only its room.
        const isOfTyping = error.code === "muted" && error.room !== undefined;
        const isRefused = ({ id, key, command }) => {
            if (error.id !== undefined || id !== undefined) return error.id === id;
            return keys.includes(key) && (error.command ?? command) === command && !isOfTyping;
        };
        const entry = this.#underWay.find(isRefused);
        if (!entry) return;
        if (!TEMPORARY_ERRORS.has(error.code)) return entry.waiting.reject(new ChatRelayError(error.code, error.message, error));
        entry.isSent = false;
        entry.retry = setTimeout(() => {
            entry.retry = undefined;
            this.#flush(entry.key);
        }, error.retry ?? RETRY_MS);
    }

    #stateChanged(state) {
        if (state.state === "closed") return this.#rejectAll(closedError(state));
        if (state.state === "online") return this.#flushAll();
        for (const entry of this.#underWay) entry.isSent = false;
    }

    #flushAll() { for (const key of this.#queues.keys()) this.#flush(key); }

    #flush(key) {
        const [entry] = this.#queues.get(key) ?? [];
        if (!entry || entry.isSent || entry.retry !== undefined) return;
        if (!(entry.isReady?.() ?? this.#chat.state.state === "online")) return;
        // First the mark: without a connection some answers come at once.
        entry.isSent = true;
        try {
            const sent = entry.send();
            if (sent === false) entry.isSent = false;
            entry.id = typeof sent === "string" ? sent : undefined;
        } catch (error) {
            entry.waiting.reject(error);
        }
    }

    #remove(entry) {
        clearTimeout(entry.retry);
        const queue = this.#queues.get(entry.key)?.filter((each) => each !== entry) ?? [];
        if (queue.length) this.#queues.set(entry.key, queue);
        else this.#queues.delete(entry.key);
        this.#flush(entry.key);
    }

    #rejectAll(error) {
        const entries = [...this.#queues.values()].flat();
        this.#queues.clear();
        for (const { waiting } of entries) waiting.reject(error);
    }
}
