// The events after which a connection may be dead without a close event: the network changed, the page became visible again,
// or the browser restored it from its cache. Node and workers have only some of them.

export class WakeUps {
    #action;
    #listeners = null;

    constructor(action) {
        this.#action = action;
    }

    start() {
        if (this.#listeners) return;
        this.#listeners = new AbortController();
        const { signal } = this.#listeners;
        const { document } = globalThis;
        for (const type of ["online", "pageshow"]) globalThis.addEventListener?.(type, () => this.#action(), { signal });
        document?.addEventListener("visibilitychange", () => { if (!document.hidden) this.#action(); }, { signal });
    }

    stop() {
        this.#listeners?.abort();
        this.#listeners = null;
    }
}
