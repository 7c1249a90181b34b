// When to come back: what a close code says about it, and how long to wait. Pure but for the dice.

/** The first and the longest back-off in ms: quick for a blip, and no crowd at the door of a server that is down. */
export const FIRST_MS = 1_000;
export const LONGEST_MS = 30_000;

/**
 * What a close code asks for (PROTOCOL.md, "Close codes"; the hundreds count, so that later codes are understood too).
 * @returns {"now" | "later" | "never"}
 */
export function comeBack(code) {
    if (code >= 4000 && code < 4100) return "now";
    if (code >= 4200 && code < 4300) return "never";
    return "later";
}

/** Exponential back-off with full jitter: after a restart of the server, its clients do not all return at once. */
export class Backoff {
    #longest = FIRST_MS;

    /** @returns {number} ms to wait before the next try. */
    next(random = Math.random) {
        const wait = random() * this.#longest;
        this.#longest = Math.min(this.#longest * 2, LONGEST_MS);
        return wait;
    }

    reset() {
        this.#longest = FIRST_MS;
    }
}
