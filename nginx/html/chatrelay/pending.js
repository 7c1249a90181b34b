// The messages that the server has not acknowledged, kept over a reload. It owns them until their own event comes back, or
// they are given up. Two tabs may hold the same one: each sends it, under the same id, and the server takes it once. Each has
// a key of its own in the storage: what one tab reads there may be older than what another has written.

/** At most so many are kept over a reload; of more, the newest. Far more than anybody writes without a connection. */
const KEPT = 200;

/** What the keys of the messages begin with; behind it stands when it was said, so that their order is that of the messages. */
const START = "pending ";
const digits = (number, count) => String(number).padStart(count, "0");

/** A key for where a message goes: a room's name has no "@". */
export const keyOf = ({ room, to }) => room ?? `@${to}`;

const isMessage = (m) => [m?.id, m?.text, m?.room ?? m?.to].every((field) => typeof field === "string")
    && Number.isFinite(m.at) && ["pending", "failed"].includes(m.status);

export class Pending {
    #keep;
    #messages = new Map();
    /** The key of each, by its id. */
    #keys = new Map();
    #count = 0;

    /** @param {{get(key: string), set(key: string, value), keys(start: string): string[]}} keep where they last */
    constructor(keep) {
        this.#keep = keep;
        for (const key of keep.keys(START)) {
            const message = keep.get(key);
            if (!isMessage(message)) continue;
            this.#messages.set(message.id, message);
            this.#keys.set(message.id, key);
        }
    }

    /** All of them, in the order in which they were said. Copies, so that nobody outside changes one. */
    get all() { return [...this.#messages.values()].map((message) => ({ ...message })); }

    /** @returns {{id, room?, to?, text, at, status: "pending"}} a message that waits to be written. */
    add(place, text) {
        // 128 random bits: unique for this sender for ever, which is what lets a server recognise a repeat.
        const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
        const message = { id, ...place, text, at: Date.now(), status: "pending" };
        this.#messages.set(id, message);
        this.#keys.set(id, `${START}${digits(message.at, 15)} ${digits(this.#count++, 9)} ${id}`);
        this.#keep.set(this.#keys.get(id), message);
        for (const key of this.#keep.keys(START).slice(0, -KEPT)) this.#keep.set(key, undefined);
        return { ...message };
    }

    /** The oldest for a place that is not failed. */
    first(key) {
        for (const message of this.#messages.values()) {
            if (message.status === "pending" && keyOf(message) === key) return message;
        }
        return undefined;
    }

    get(id) { return this.#messages.get(id); }

    /** A failed message waits to be written again. @returns it, or undefined where there is none. */
    again(id) {
        return this.#messages.get(id)?.status === "failed" ? this.#change(id, { status: "pending", code: undefined }) : undefined;
    }

    /** @returns the message, failed for the reason `code`, or undefined where there is none. */
    fail(id, code) {
        return this.#messages.has(id) ? this.#change(id, { status: "failed", code }) : undefined;
    }

    /** It is settled, or given up. @returns it, or undefined where there is none. */
    forget(id) {
        const message = this.#messages.get(id);
        if (!this.#messages.delete(id)) return undefined;
        this.#keep.set(this.#keys.get(id), undefined);
        this.#keys.delete(id);
        return message;
    }

    clear() {
        this.#messages.clear();
        this.#keys.clear();
        for (const key of this.#keep.keys(START)) this.#keep.set(key, undefined);
    }

    #change(id, change) {
        const message = Object.assign(this.#messages.get(id), change);
        // It may be one of more than are kept, or settled in another tab.
        const key = this.#keys.get(id);
        if (this.#keep.get(key)) this.#keep.set(key, message);
        return { ...message };
    }
}
