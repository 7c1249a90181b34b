// Applies the changes of a message list together, once per frame, so that a busy room costs one layout.

/** The time from one batch to the next (ms): one frame. */
const FRAME_MS = 16;
/** The same in a busy room, where one batch follows the other. A reader does not notice it, and the browser has half the work. */
const BUSY_MS = 100;

export class ChangeBatch {
    #changes = [];
    #timer = null;
    #apply;
    #appliedAt = -Infinity;

    /** @param {(change: () => void) => void} apply applies a batch, which is one change */
    constructor(apply) {
        this.#apply = apply;
    }

    /** Applies the change at once if none was applied just before; else together with those that follow. */
    add(change) {
        this.#changes.push(change);
        if (this.#timer === null) this.flush();
    }

    flush() {
        const changes = this.#changes.splice(0);
        clearTimeout(this.#timer);
        this.#timer = null;
        if (changes.length === 0) return;
        const now = performance.now();
        const wait = now - this.#appliedAt < 1.5 * BUSY_MS ? BUSY_MS : FRAME_MS;
        this.#appliedAt = now;
        this.#timer = setTimeout(() => { this.#timer = null; this.flush(); }, wait);
        this.#apply(() => { for (const change of changes) change(); });
    }
}
