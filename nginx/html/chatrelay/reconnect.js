// The reconnect policy: what a close code says about reconnecting, and the delay.

/** The bounds of the first and of the longest delay, in ms: short after a blip, bearable for a server that is down. */
export const FIRST_MS = 1_000;
export const LONGEST_MS = 30_000;

/**
 * The policy of a close code (PROTOCOL.md, "Close codes"). Only the range of hundreds counts, so codes of later versions work.
 * @returns {"now" | "later" | "never"}
 */
export function reconnectPolicy(code) {
    if (code >= 4000 && code < 4100) return "now";
    if (code >= 4200 && code < 4300) return "never";
    return "later";
}

/** Exponential back-off with full jitter, so that not all clients reconnect at once after the server was down. */
export class Backoff {
    #longest = FIRST_MS;

    /** @returns {number} the delay before the next attempt, in ms */
    next(random = Math.random) {
        const delay = random() * this.#longest;
        this.#longest = Math.min(this.#longest * 2, LONGEST_MS);
        return delay;
    }

    reset() {
        this.#longest = FIRST_MS;
    }
}
