// Which user this client is, as all tabs of the browser see it. The user changes when a tab calls `become`, or when another
// person logs in at the proxy. A new token alone is no change: the server gives one to a user that it has forgotten.

import { randomHex } from "./text.js";

const KEY = "user";
const ofLogin = (name) => `login:${name}`;

export class Identity {
    #storage;
    #changed;
    #id;
    #listeners = null;

    /** @param {() => void} changed called when another tab has become another user */
    constructor(storage, changed) {
        this.#storage = storage;
        this.#changed = changed;
        this.#id = storage.get(KEY);
    }

    /** Equal for all that one user has stored. Undefined for the first user of a browser. */
    get id() { return this.#id; }

    /** This browser becomes another user. */
    renew() { this.#storage.set(KEY, randomHex(8)); }

    /** @returns {boolean} whether the stored user is still the one of this client */
    check() {
        const stored = this.#storage.get(KEY);
        // A first login: `loggedIn` decides when the server has named the user.
        if (stored === this.#id || (this.#id === undefined && String(stored).startsWith(ofLogin("")))) return true;
        this.#changed();
        return false;
    }

    /** A proxy has authenticated this user. @returns {boolean} false if this client was another user before */
    loggedIn(name) {
        if (this.#id === ofLogin(name)) return true;
        const isFirst = this.#id === undefined;
        this.#storage.set(KEY, ofLogin(name));
        if (isFirst) this.#id = ofLogin(name);
        return isFirst;
    }

    watch() {
        if (this.#listeners) return;
        this.#listeners = new AbortController();
        globalThis.addEventListener?.("storage", () => this.check(), { signal: this.#listeners.signal });
    }

    unwatch() {
        this.#listeners?.abort();
        this.#listeners = null;
    }
}
