// Timers with names. A timer replaces the one with the same name.

export class Timers {
    #timers = new Map();

    has(name) { return this.#timers.has(name); }

    set(name, ms, action) {
        this.cancel(name);
        this.#timers.set(name, setTimeout(() => { this.#timers.delete(name); action(); }, ms));
    }

    /** Cancels the timer with this name, or all timers. */
    cancel(name) {
        for (const each of name === undefined ? [...this.#timers.keys()] : [name]) {
            clearTimeout(this.#timers.get(each));
            this.#timers.delete(each);
        }
    }
}
