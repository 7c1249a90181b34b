// What the library keeps over a reload, in the browser's storage: all tabs of the browser share it. Storage may be forbidden
// or full; then what could not be stored is kept in memory, for as long as the page lives.

/** The least that the library asks of a storage. Values are JSON; `undefined` takes the key away. */
export class Keep {
    #prefix;
    #memory = new Map();

    /** @param {string} prefix of all keys, so that several servers do not mix */
    constructor(prefix) {
        this.#prefix = prefix;
    }

    get(key) {
        if (this.#memory.has(key)) return this.#memory.get(key);
        try { return JSON.parse(localStorage.getItem(this.#prefix + key)) ?? undefined; } catch { return undefined; }
    }

    /** All keys that begin with `start`, in their order. */
    keys(start) {
        const keys = new Set(this.#memory.keys());
        const isOurs = (key) => key.startsWith(this.#prefix);
        try { for (const key of Object.keys(localStorage).filter(isOurs)) keys.add(key.slice(this.#prefix.length)); } catch { /* forbidden */ }
        return [...keys].filter((key) => key.startsWith(start)).sort();
    }

    set(key, value) {
        try {
            if (value === undefined) localStorage.removeItem(this.#prefix + key);
            else localStorage.setItem(this.#prefix + key, JSON.stringify(value));
            this.#memory.delete(key);
        } catch {
            this.#memory.set(key, value);
        }
    }
}
