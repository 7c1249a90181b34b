// Applies the changes of a message list together, once per frame, so that a busy room costs one layout.

/** The time between two batches (ms), one frame. */
const FRAME_MS = 16;

export class ChangeBatch {
    #changes = [];
    #timer = null;
    #apply;

    /** @param {(change: () => void) => void} apply applies a batch, which is one change */
    constructor(apply) {
        this.#apply = apply;
    }

    /** Applies the change at once if none was applied in the last frame; else together with the others of this frame. */
    add(change) {
        this.#changes.push(change);
        if (this.#timer === null) this.flush();
    }

    flush() {
        const changes = this.#changes.splice(0);
        clearTimeout(this.#timer);
        this.#timer = changes.length ? setTimeout(() => { this.#timer = null; this.flush(); }, FRAME_MS) : null;
        if (changes.length) this.#apply(() => { for (const change of changes) change(); });
    }
}
