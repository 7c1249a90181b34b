// The server's time, estimated from the times of its live events. This client's clock may be hours wrong.

/** The events whose `at` is the time when the server sent them, if they are live. */
const TYPES = new Set(["message", "private", "system"]);

export class ServerClock {
    #offset = 0;
    /** Whether no event has arrived since `restart`. */
    #isOld = true;

    /** The server's time minus this client's, in ms. 0 before the first event. */
    get offset() { return this.#offset; }
    /** The server's time now, in ms since 1970. */
    get now() { return Date.now() + this.#offset; }

    /** The next event replaces the estimate: one of the clocks may have been set. */
    restart() { this.#isOld = true; }

    /** @param {boolean} isLive whether a stored event is a new one. Events without `seq` always are */
    received({ type, seq, at }, isLive) {
        if (!TYPES.has(type) || !Number.isFinite(at) || (seq !== undefined && !isLive)) return;
        // An event arrives after its time, so the largest offset is the best.
        const offset = at - Date.now();
        if (this.#isOld || offset > this.#offset) this.#offset = offset;
        this.#isOld = false;
    }
}
