// Why a WebSocket did not open. A browser hides the HTTP answer to a handshake from the page (RFC 6455 §4.1), so the page asks
// the same URL again over HTTP, where proxies and the server answer in the same way.

/** The longest wait for the answer, in ms. */
const TIMEOUT_MS = 10_000;
/** The most characters of the server's sentence. */
const MAX_REASON = 200;
/** What the server answers to a request that it would accept as a handshake: it is no upgrade, or it is not GET. */
const NOT_AN_UPGRADE = new Set([405, 426]);
/** Handshakes that fail although the server answers HTTP, until WebSockets count as blocked. One may have met a restart. */
const BLOCKED_HANDSHAKES = 2;

/**
 * @param {string} url of the WebSocket
 * @param {AbortSignal} signal ends the question
 * @returns {Promise<{cause: "login" | "refused" | "blocked", status?: number, reason: string} | undefined>} "login": a login is
 *   required. "refused": with this status, and the server's sentence if there is one. "blocked": the server answers, but no
 *   WebSocket reaches it. Undefined: there is no answer either, or this page may not read it.
 */
async function ask(url, signal) {
    const target = new URL(url);
    target.protocol = target.protocol.replace("ws", "http");
    if (globalThis.location && target.origin !== location.origin) return undefined;
    try {
        // POST: with it a browser sends the Origin header, which the server checks.
        const response = await fetch(target, {
            method: "POST", cache: "no-store", redirect: "manual", signal,
        });
        const { status, type, headers } = response;
        const isPlain = headers.get("content-type")?.startsWith("text/plain");
        const reason = isPlain ? (await response.text()).trim().slice(0, MAX_REASON) : "";
        if (type === "opaqueredirect" || (status >= 300 && status < 400)) return { cause: "login", reason: "" };
        if (status === 401) return { cause: "login", status, reason: "" };
        if (NOT_AN_UPGRADE.has(status)) return { cause: "blocked", status, reason: "" };
        return { cause: "refused", status, reason };
    } catch {
        return undefined;
    }
}

export class HandshakeRefusal {
    #url;
    #answer;
    /** Consecutive answers that were "blocked". */
    #blocked = 0;
    /** The number of the current question, and of resets: a late answer is void. */
    #number = 0;
    #question;

    constructor(url) {
        this.#url = url;
    }

    /** {cause, status?, reason} of the last answer; empty without one. */
    get fields() { return this.#answer ?? {}; }

    /** A handshake has failed. @returns {Promise<boolean>} whether `fields` have changed */
    async ask() {
        const number = ++this.#number;
        const before = this.#answer;
        this.#question?.abort();
        const question = this.#question = new AbortController();
        const timer = setTimeout(() => question.abort(), TIMEOUT_MS);
        const answer = await ask(this.#url, question.signal);
        clearTimeout(timer);
        if (number !== this.#number) return false;
        this.#blocked = answer?.cause === "blocked" ? this.#blocked + 1 : 0;
        this.#answer = answer?.cause === "blocked" && this.#blocked < BLOCKED_HANDSHAKES ? undefined : answer;
        return JSON.stringify(before) !== JSON.stringify(this.#answer);
    }

    /** A handshake has succeeded, or nobody wants to know any more. */
    reset() {
        this.#question?.abort();
        this.#number += 1;
        this.#answer = undefined;
        this.#blocked = 0;
    }
}
