// Values that survive a reload, in localStorage, which all tabs of the browser share. If localStorage is forbidden or full,
// a value that cannot be stored stays in memory for the life of the page.

/** Values are JSON; `undefined` removes the key. */
export class Storage {
    #prefix;
    #memory = new Map();

    /** @param {string} prefix of all keys, which separates the values of several servers */
    constructor(prefix) {
        this.#prefix = prefix;
    }

    get(key) {
        if (this.#memory.has(key)) return this.#memory.get(key);
        try { return JSON.parse(localStorage.getItem(this.#prefix + key)) ?? undefined; } catch { return undefined; }
    }

    /** All keys that begin with `prefix`, sorted. */
    keys(prefix) {
        const keys = new Set(this.#memory.keys());
        const isOurs = (key) => key.startsWith(this.#prefix);
        try { for (const key of Object.keys(localStorage).filter(isOurs)) keys.add(key.slice(this.#prefix.length)); } catch { /* forbidden */ }
        return [...keys].filter((key) => key.startsWith(prefix)).sort();
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
