// The drafts: for each channel what is written and not sent, and whether it replies to a message or edits one. localStorage keeps
// them after the end of the browser, and shows them in all its tabs. sessionStorage keeps those of this tab, because another tab may
// write something else in the same channel.

import { Storage } from "../chatrelay/storage.js";
import { INSTANCE } from "./instance.js";

const PLACE = `chatrelay ${INSTANCE} `;
const SESSION_KEY = `${PLACE}drafts`;
const PREFIX = "draft ";
/** The longest time (ms) for which a draft is not stored yet. */
const DELAY_MS = 300;
const EMPTY = { text: "" };

const isDraft = (value) => typeof value?.text === "string"
    && (value.mode === undefined || ["reply", "edit"].includes(value.mode?.kind) && Number.isSafeInteger(value.mode.message?.seq) && typeof value.mode.message.text === "string");
const isEmpty = ({ text, mode }) => !text && !mode;
const isEqual = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export class Drafts {
    #drafts = new Map();
    #storage = new Storage(PLACE);
    /** The keys of the drafts that are not stored yet. */
    #changed = new Set();
    #timer;

    /** @param {(key: string) => void} changed by another tab */
    constructor(changed) {
        for (const key of this.#storage.keys(PREFIX)) this.#load(key.slice(PREFIX.length), this.#storage.get(key));
        for (const [key, value] of Object.entries(readSession())) this.#load(key, typeof value === "string" ? { text: value } : value);
        addEventListener("pagehide", () => this.#store());
        // A phone may end the page in the background without an event.
        document.addEventListener("visibilitychange", () => { if (this.#changed.size) this.#store(); });
        addEventListener("storage", ({ key, oldValue, newValue }) => {
            if (!key?.startsWith(PLACE + PREFIX)) return;
            const [before, now] = [oldValue, newValue].map((value) => JSON.parse(value) ?? EMPTY);
            const name = key.slice((PLACE + PREFIX).length);
            // What was written here stays.
            if (!isEqual(this.get(name), before) || !isDraft(now)) return;
            this.#drafts.set(name, now);
            changed(name);
        });
    }

    /**
     * @returns {{text: string, mode?: {kind: "reply" | "edit", message: {seq, from, text}, before?: string, ledger?: string}}}
     *   `before`: what the input had before an edit
     */
    get(key) { return this.#drafts.get(key) ?? EMPTY; }
    get keys() { return [...this.#drafts.keys()]; }

    set(key, draft) {
        if (key === null) return;
        if (isEmpty(draft)) this.#drafts.delete(key);
        else this.#drafts.set(key, draft);
        this.#changed.add(key);
        this.#timer ??= setTimeout(() => this.#store(), DELAY_MS);
    }

    /** The channel has another key. Two drafts become one. */
    move(key, newKey) {
        const [moved, other] = [this.get(key), this.get(newKey)];
        if (isEmpty(moved)) return;
        this.set(newKey, { ...moved, ...other, text: [other.text, moved.text].filter(Boolean).join("\n") });
        this.set(key, EMPTY);
    }

    #load(key, draft) { if (isDraft(draft) && !isEmpty(draft)) this.#drafts.set(key, draft); }

    #store() {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        if (isForgotten) return;
        for (const key of this.#changed) this.#storage.set(PREFIX + key, this.#drafts.get(key));
        this.#changed.clear();
        try { sessionStorage.setItem(SESSION_KEY, JSON.stringify(Object.fromEntries(this.#drafts))); } catch { /* forbidden or full */ }
    }
}

/** Whether the user of this browser changes: nothing is stored any more. */
let isForgotten = false;

/** Removes the drafts of a user. */
export function clearDrafts() {
    isForgotten = true;
    const storage = new Storage(PLACE);
    for (const key of storage.keys(PREFIX)) storage.set(key, undefined);
    try { sessionStorage.removeItem(SESSION_KEY); } catch { /* forbidden */ }
}

function readSession() {
    try { return JSON.parse(sessionStorage.getItem(SESSION_KEY)) ?? {}; } catch { return {}; }
}
