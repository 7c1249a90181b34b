// The messages that the server has not acknowledged, stored so that they survive a reload. A message leaves the list when its
// own event arrives or the user discards it. Two tabs may hold the same message: both send it with the same id, and the
// server accepts it once. Each message has its own storage key, because a tab may read an outdated value of a shared key.

/** The most messages that survive a reload; the newest ones do. Far more than a user writes while offline. */
const MAX_STORED = 200;

/** The prefix of the storage keys. The time follows, so that the order of the keys is the order of the messages. */
const PREFIX = "pending ";
const padded = (number, length) => String(number).padStart(length, "0");

/** A key for the target of a message. A room name contains no "@". */
export const keyOf = ({ room, to }) => room ?? `@${to}`;

const isMessage = (m) => [m?.id, m?.text, m?.room ?? m?.to].every((field) => typeof field === "string")
    && Number.isFinite(m.at) && ["pending", "failed"].includes(m.status);

export class PendingMessages {
    #storage;
    #messages = new Map();
    /** The storage key of each message, by message id. */
    #storageKeys = new Map();
    #count = 0;

    /** @param {{get(key: string), set(key: string, value), keys(prefix: string): string[]}} storage */
    constructor(storage) {
        this.#storage = storage;
        for (const key of storage.keys(PREFIX)) {
            const message = storage.get(key);
            if (!isMessage(message)) continue;
            this.#messages.set(message.id, message);
            this.#storageKeys.set(message.id, key);
        }
    }

    /** Copies of all messages, oldest first. */
    get all() { return [...this.#messages.values()].map((message) => ({ ...message })); }

    /** @returns {{id, room?, to?, text, at, status: "pending"}} the new message */
    add(target, text) {
        // 128 random bits never repeat for one sender, so the server recognises a repeated message by its id.
        const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
        const message = { id, ...target, text, at: Date.now(), status: "pending" };
        this.#messages.set(id, message);
        this.#storageKeys.set(id, `${PREFIX}${padded(message.at, 15)} ${padded(this.#count++, 9)} ${id}`);
        this.#storage.set(this.#storageKeys.get(id), message);
        for (const key of this.#storage.keys(PREFIX).slice(0, -MAX_STORED)) this.#storage.set(key, undefined);
        return { ...message };
    }

    /** The oldest message for a target that has not failed. */
    first(key) {
        for (const message of this.#messages.values()) {
            if (message.status === "pending" && keyOf(message) === key) return message;
        }
        return undefined;
    }

    get(id) { return this.#messages.get(id); }

    /** Makes a failed message pending again. @returns it, or undefined if it has not failed */
    retry(id) {
        return this.#messages.get(id)?.status === "failed" ? this.#update(id, { status: "pending", code: undefined }) : undefined;
    }

    /** Marks a message as failed with the error `code`. @returns it, or undefined if there is none */
    fail(id, code) {
        return this.#messages.has(id) ? this.#update(id, { status: "failed", code }) : undefined;
    }

    /** @returns the removed message, or undefined if there is none */
    remove(id) {
        const message = this.#messages.get(id);
        if (!this.#messages.delete(id)) return undefined;
        this.#storage.set(this.#storageKeys.get(id), undefined);
        this.#storageKeys.delete(id);
        return message;
    }

    clear() {
        this.#messages.clear();
        this.#storageKeys.clear();
        for (const key of this.#storage.keys(PREFIX)) this.#storage.set(key, undefined);
    }

    #update(id, change) {
        const message = Object.assign(this.#messages.get(id), change);
        // Storage may not have it: over MAX_STORED, or settled in another tab.
        const key = this.#storageKeys.get(id);
        if (this.#storage.get(key)) this.#storage.set(key, message);
        return { ...message };
    }
}
