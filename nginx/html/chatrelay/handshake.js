// The handshake of a session: sends hello with the user's name and token, and again until the server sends welcome.

import { Backoff } from "./reconnect.js";
import { SignedToken } from "./signed-token.js";

/** The syntax of a user's token. */
export const TOKEN = /^[A-Za-z0-9_-]{32}$/;

/** How often a taken name is requested again: another tab may be about to store this user's token. */
const NAME_RETRIES = { known: 4, new: 1 };
/** The delay before the first of these requests, in ms. It doubles each time. */
const NAME_RETRY_MS = 250;
/** The close codes for a banned user, and for a device that is signed out. */
const BANNED = 4201;
const SIGNED_OUT = 4202;
/** The errors of a signed token. The next connection has another one. */
const BAD_TOKEN = new Set(["bad-token", "token-expired"]);

export class Handshake {
    /** The user's name, or the requested one. */
    name;
    #storage;
    #connection;
    #label;
    /** Undefined where the site has no users of its own. */
    #signed;
    #fields;
    /** The number of the server's last `restart` event, which the next hello repeats. */
    #resyncNumber;
    /** The name in the last `hello`. */
    #requestedName;
    /** A name that the user chose while offline. */
    #nameToRequest;
    /** Whether the server has confirmed the name. */
    #isNameKnown = false;
    #nameRetries = 0;
    /** Optional fields that hello lacks on this connection, because the server refused one with them. */
    #omitted = [];
    #backoff = new Backoff();
    /** The token in the last `hello`. */
    #sentToken;

    /** @param {() => object} fields the fields of `hello` for the rooms and the position */
    constructor({ name, label, storage, signedToken, connection, fields }) {
        this.name = name;
        this.#label = label;
        this.#storage = storage;
        this.#signed = signedToken && new SignedToken(signedToken);
        this.#connection = connection;
        this.#fields = fields;
    }

    /** Whether the last hello had the rooms. If not, they have to be joined one by one. */
    get hadRooms() { return !this.#omitted.includes("rooms"); }

    /** The token of Chatrelay's own. */
    get token() {
        if (this.#signed) return undefined;
        const token = this.#storage.get("token");
        return TOKEN.test(token) ? token : undefined;
    }

    set token(token) { if (!this.#signed) this.#storage.set("token", token); }

    /** What the signed token says who this user is. */
    get subject() { return this.#signed?.subject; }

    connectionLost() { this.#signed?.connectionLost(); }

    /** The device was signed out. @returns {boolean} false if another tab has signed in again, with another token */
    forgetToken() {
        const { token } = this;
        if (token !== undefined && token !== this.#sentToken) return false;
        this.token = undefined;
        return true;
    }

    /** Whether a tab of this browser has forgotten the token of this user. */
    get isSignedOut() { return this.#sentToken !== undefined && this.token === undefined; }

    /** Requests the name in the next `hello`, or by `rename` after its `welcome`. */
    renameOnConnect(name) {
        this.name = this.#nameToRequest = name;
        this.#isNameKnown = false;
    }

    /** The connection is open. */
    opened() {
        this.#nameRetries = 0;
        this.#omitted = [];
        this.#resyncNumber = undefined;
        this.#requestedName = this.name;
        this.#begin();
    }

    /** The server crashed. @param {number} number that of its `restart` event */
    resync(number) {
        this.#resyncNumber = number;
        this.#begin();
    }

    /** @returns {string | undefined} the requested name, if the server did not know the user */
    welcomed(welcome) {
        // A user with a token got no new token: the server knew the user, and ignored the requested name.
        const asked = welcome.token || !this.token ? this.#requestedName : undefined;
        if (welcome.token) this.token = this.#sentToken = welcome.token;
        this.name = welcome.name;
        this.#isNameKnown = true;
        this.#backoff.reset();
        return asked;
    }

    /** @returns {string | undefined} the name to request by `rename`, once */
    takeNameToRequest() {
        const name = this.#nameToRequest;
        this.#nameToRequest = undefined;
        return name === this.name ? undefined : name;
    }

    /** Handles an error that arrives before `welcome`. */
    refused({ code, message, proposal, retry }) {
        if (code === "try-again" || code === "rate-limited") {
            this.#connection.setTimer("hello", retry ?? this.#backoff.next(), () => this.#sendHello());
        } else if (BAD_TOKEN.has(code)) {
            this.#connection.fail(message);
        } else if (code === "name-banned" && this.token) {
            // The token is bound to the banned name, so no other name is possible.
            this.#connection.close(BANNED, message);
        } else if (["name-banned", "name-taken", "bad-name"].includes(code)) {
            this.#nameRefused(code, proposal);
        } else {
            this.#omitNext(message);
        }
    }

    /** The first hello of a connection, or after a crash of the server. */
    #begin() {
        if (!this.#signed) return this.#sendHello();
        void this.#signed.fetch({ received: () => this.#sendHello(), failed: (reason) => this.#connection.fail(reason) });
    }

    #sendHello() {
        // The token is read from storage each time, because another tab may have stored it.
        const { name, token: own } = this;
        const token = this.#signed ? { jwt: this.#signed.value } : own && { token: own };
        this.#sentToken = own;
        const hello = { type: "hello", ...(name && { name }), ...token, ...(this.#label && { label: this.#label }), ...this.#fields(), again: this.#resyncNumber };
        if (!this.hadRooms) hello.rooms = [];
        if (this.#omitted.includes("name")) delete hello.name;
        this.#connection.send(hello, { expectsAnswer: false });
    }

    /** Something in hello is not valid. Without the rooms, and then without the name, it costs only these. */
    #omitNext(reason) {
        const next = ["rooms", "name"][this.#omitted.length];
        if (next === undefined) return this.#connection.fail(reason);
        this.#omitted.push(next);
        this.#sendHello();
    }

    /** Retries a taken name a few times. Then requests the proposal, or without one, no name. */
    #nameRefused(code, proposal) {
        const retries = this.#isNameKnown ? NAME_RETRIES.known : NAME_RETRIES.new;
        if (code === "name-taken" && this.#nameRetries < retries) {
            this.#connection.setTimer("hello", NAME_RETRY_MS * 2 ** this.#nameRetries++, () => this.#sendHello());
            return;
        }
        // The server does not know the token, and the name belongs to a user: this device was signed out while it was away.
        if (code === "name-taken" && this.#sentToken !== undefined) return this.#connection.close(SIGNED_OUT, "");
        this.name = proposal;
        this.#sendHello();
    }
}
