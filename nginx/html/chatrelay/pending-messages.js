// The messages, and the changes of messages, that the server has not acknowledged, stored so that they survive a reload. One
// leaves the list when its own event arrives or the user discards it. Two tabs may hold the same message: both send it with the same id, and the
// server accepts it once. Each message has its own storage key, because a tab may read an outdated value of a shared key.
// A message belongs to the user that wrote it: no other user of the browser loads or sends it.

import { ROOM_NAME, randomHex, wellFormed } from "./text.js";

/** The most messages that survive a reload; the newest ones do. Far more than a user writes while offline. */
const MAX_STORED = 200;

/** The prefix of the storage keys. The time follows, so that the order of the keys is the order of the messages. */
const PREFIX = "pending ";
const padded = (number, length) => String(number).padStart(length, "0");

/** A key for the target: a room, a user (name or id), or a message that is changed. A room name contains neither "@" nor "#". */
export const keyOf = ({ room, to, message }) => message !== undefined ? `#${message}` : room ?? `@${JSON.stringify(to)}`;

/** Whether it is an edit, a deletion or a reaction: {id, type, message, text?, emoji?, on?, ledger?}. */
export const isChange = ({ message }) => message !== undefined;

const CHANGES = new Set(["edit", "delete", "react"]);
const isString = (field) => typeof field === "string";
const isMessage = (m) => isString(m.text) && (isString(m.room ?? m.to) || Number.isSafeInteger(m.to));
const isValid = (m) => isString(m?.id) && Number.isFinite(m.at) && ["pending", "failed"].includes(m.status)
    && (isChange(m) ? Number.isSafeInteger(m.message) && CHANGES.has(m.type) : isMessage(m));

export class PendingMessages {
    #storage;
    /** The id of the user (identity.js). */
    #user;
    #messages = new Map();
    /** The storage key of each message, by message id. */
    #storageKeys = new Map();
    #count = 0;
    #isDisowned = false;

    /**
     * @param {{get(key: string), set(key: string, value), keys(prefix: string): string[]}} storage
     * @param {string} [user] the id of the user
     */
    constructor(storage, user) {
        this.#storage = storage;
        this.#user = user;
        for (const key of storage.keys(PREFIX)) {
            const stored = storage.get(key);
            if (!isValid(stored) || stored.user !== user) continue;
            const { user: _, ...message } = stored;
            if (message.text !== undefined) message.text = wellFormed(message.text);
            // Stored by an earlier version, which did not check it.
            const isRefused = message.room !== undefined && !ROOM_NAME.test(message.room);
            if (isRefused) Object.assign(message, { status: "failed", code: "bad-room" });
            this.#messages.set(message.id, message);
            this.#storageKeys.set(message.id, key);
        }
    }

    /** Copies of all messages, oldest first. */
    get all() { return this.#copies.filter((message) => !isChange(message)); }
    /** Copies of all changes, oldest first. */
    get changes() { return this.#copies.filter(isChange); }
    get keys() { return new Set(this.#copies.map(keyOf)); }
    get #copies() { return [...this.#messages.values()].map((message) => ({ ...message })); }

    /** @returns {{id, at, status, code?}} the new message or change, which has failed if it is too late for it */
    add(fields) {
        // 128 random bits never repeat for one sender, so the server recognises a repeated message by its id.
        const id = randomHex(16);
        const message = { id, ...fields, at: Date.now(), status: "pending" };
        this.#messages.set(id, message);
        if (this.#isDisowned) return this.fail(id, "other-user");
        this.#storageKeys.set(id, `${PREFIX}${padded(message.at, 15)} ${padded(this.#count++, 9)} ${id}`);
        this.#store(message);
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

    /** Notes the temporary error of a message, which stays pending. */
    note(id, code) { Object.assign(this.#messages.get(id), { code }); }

    forgetNotes() {
        for (const message of this.#messages.values()) if (message.status === "pending") delete message.code;
    }

    /** @returns the removed message, or undefined if there is none */
    remove(id) {
        const message = this.#messages.get(id);
        if (!this.#messages.delete(id)) return undefined;
        if (this.#storageKeys.has(id)) this.#storage.set(this.#storageKeys.get(id), undefined);
        this.#storageKeys.delete(id);
        return message;
    }

    /** Discards all messages, also those of the other tabs. */
    clear() {
        this.#messages.clear();
        this.#storageKeys.clear();
        for (const key of this.#storage.keys(PREFIX)) this.#storage.set(key, undefined);
    }

    /** The user has an id from now on. */
    adopt(user) {
        this.#user = user;
        for (const message of this.#messages.values()) this.#store(message, { isUpdate: true });
    }

    /**
     * This browser is another user now. The messages can only be read and discarded here. They stay in storage for their user,
     * or with `erase` they do not, because that user is signed out.
     */
    disown({ erase = false } = {}) {
        this.#isDisowned = true;
        if (erase) for (const key of this.#storage.keys(PREFIX)) this.#storage.set(key, undefined);
        this.#storageKeys.clear();
        return [...this.#messages.keys()].map((id) => this.fail(id, "other-user"));
    }

    #update(id, change) {
        const message = Object.assign(this.#messages.get(id), change);
        this.#store(message, { isUpdate: true });
        return { ...message };
    }

    /** @param {boolean} isUpdate only if it is there: it may be over MAX_STORED, or settled in another tab */
    #store(message, { isUpdate = false } = {}) {
        const key = this.#storageKeys.get(message.id);
        if (key === undefined || (isUpdate && !this.#storage.get(key))) return;
        this.#storage.set(key, { ...message, user: this.#user });
    }
}
