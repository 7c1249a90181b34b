// The reader's settings in this browser. Each has a few values, of which the first is the default. A setting is also an attribute
// of the document (data-theme="dark"), for the style sheets; without one it has the default.

import { localState } from "./local-state.js";

const root = document.documentElement;

class Settings extends EventTarget {
    #values = new Map();

    constructor() {
        super();
        // Another tab has changed them.
        addEventListener("storage", () => { for (const key of this.#values.keys()) this.#apply(key); });
    }

    /** Declares a setting. @param {string[]} values the first is the default */
    define(key, values) {
        this.#values.set(key, values);
        this.#apply(key);
    }

    values(key) { return this.#values.get(key); }

    get(key) {
        const values = this.#values.get(key);
        const stored = localState.settings[key];
        return values.includes(stored) ? stored : values[0];
    }

    /** Stores a value, and dispatches `change` with `detail` {key, value}. */
    set(key, value) {
        localState.settings = { ...localState.settings, [key]: value };
        this.#apply(key);
    }

    #apply(key) {
        const value = this.get(key);
        if (value === this.#values.get(key)[0]) delete root.dataset[key];
        else root.dataset[key] = value;
        this.dispatchEvent(new CustomEvent("change", { detail: { key, value } }));
    }
}

export const settings = new Settings();

settings.define("theme", ["system", "light", "dark"]);
settings.define("density", ["comfortable", "compact"]);
settings.define("time", ["locale", "24", "12"]);
// Of the two panels (side-panel.js).
settings.define("sidebar", ["shown", "hidden"]);
settings.define("members", ["shown", "hidden"]);
