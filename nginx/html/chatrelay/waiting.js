// Promises that wait for an event, each with a time-out.

import { timeoutError } from "./error.js";

/** Time until a promise is rejected, in ms: longer than it takes to notice a dead connection and to come back. */
const TIMEOUT_MS = 20_000;
/** The longest time a timer takes, in ms; longer ones would end at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** @returns {number} ms. @throws {TypeError} */
export function timeoutOf({ timeout = TIMEOUT_MS } = {}) {
    if (typeof timeout !== "number" || !(timeout > 0)) throw new TypeError("timeout must be a number of milliseconds above 0, or Infinity");
    return timeout;
}

export class Waiting {
    #timer;
    #settle;
    promise = new Promise((resolve, reject) => { this.#settle = { resolve, reject }; });

    /** @param {number} ms @param {object} fields of the error @param {() => void} [ended] called in any case, before the promise is settled */
    constructor(ms, fields, ended) {
        this.ended = ended;
        if (ms <= MAX_TIMER_MS) this.#timer = setTimeout(() => this.reject(timeoutError(ms, fields)), ms);
    }

    resolve(value) {
        this.#end();
        this.#settle.resolve(value);
    }

    reject(error) {
        this.#end();
        this.#settle.reject(error);
    }

    #end() {
        clearTimeout(this.#timer);
        this.ended();
    }
}
