// The signed token (JWT) by which a site says who its user is. The site is asked for one for each connection.

export class SignedToken {
    #ask;
    #token;
    /** The number of the question: the answer to an earlier one is void. */
    #number = 0;

    /** @param {() => string | Promise<string>} ask */
    constructor(ask) {
        this.#ask = ask;
    }

    /** The token of this connection. */
    get value() { return this.#token; }

    /** What identifies the user, equal in all tokens of one user. @returns {string | undefined} */
    get subject() {
        try {
            const payload = this.#token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
            return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (each) => each.charCodeAt()))).sub;
        } catch {
            return undefined;
        }
    }

    /** @param {{received(), failed(reason: string)}} handlers one of them is called later, unless the connection ends before */
    async fetch({ received, failed }) {
        const number = ++this.#number;
        let token, reason;
        try {
            // The body of a response may end with a line break.
            token = (await this.#ask())?.trim?.();
            if (typeof token !== "string" || !token) reason = "The option token has given no string.";
        } catch (error) {
            reason = String(error?.message ?? error);
        }
        if (number !== this.#number) return;
        if (reason !== undefined) return failed(reason);
        this.#token = token;
        received();
    }

    connectionLost() { this.#number += 1; }
}
