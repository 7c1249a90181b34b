// Makes this browser a device of a known user, with the code of a link or a recovery code. It asks on a connection of its own, so the
// client stays who it is until the server has accepted the code.

import { Connection } from "./connection.js";
import { Backoff } from "./reconnect.js";
import { randomHex } from "./text.js";

/** The storage key of the code and the token whose hello has no answer yet: with them the same hello can be sent again. */
const KEY = "code";
const TEMPORARY_ERRORS = new Set(["try-again", "rate-limited"]);

export class CodeSignIn {
    #storage;
    #connection;
    #request;
    #backoff = new Backoff();
    #settled;

    /**
     * @param {{url: string, WebSocket: Function}} options as in Connection
     * @param {{stateChanged(state: object), settled(answer: object)}} handlers `settled`: {token} is accepted, {code, message} refused
     */
    constructor({ url, WebSocket, storage }, { stateChanged, settled }) {
        this.#storage = storage;
        this.#settled = settled;
        this.#connection = new Connection({ url, WebSocket }, {
            opened: () => this.#sendHello(),
            received: (event) => this.#received(event),
            lost: () => {},
            stateChanged: (state) => {
                if (state.state !== "closed") return stateChanged(state);
                if (state.code > 1000) this.#finish({ code: "closed", message: state.reason, closeCode: state.code });
            },
            probe: () => ({ type: "rooms" }),
        });
    }

    /** The {link | recovery} of a hello without an answer, of before a reload. */
    static unfinished(storage) {
        const { link, recovery, token } = storage.get(KEY) ?? {};
        return typeof token === "string" && typeof (link ?? recovery) === "string" ? { link, recovery } : undefined;
    }

    /** @param {{link?: string, recovery?: string}} code @param {string} [label] of this device */
    start({ link, recovery }, label) {
        const stored = this.#storage.get(KEY);
        const isSame = stored?.token !== undefined && stored.link === link && stored.recovery === recovery;
        // The token is stored before the server knows it: if the answer is lost, the same hello is sent again.
        this.#request = isSame ? stored : { link, recovery, token: randomHex(16), label };
        this.#storage.set(KEY, this.#request);
        this.#connection.connect();
    }

    cancel() {
        this.#storage.set(KEY, undefined);
        this.#connection.close();
    }

    /** Stops without giving up. */
    destroy() { this.#connection.destroy(); }

    #sendHello(again) {
        this.#connection.send({ type: "hello", ...this.#request, rooms: [], again }, { expectsAnswer: false });
    }

    #received(event) {
        if (event.type === "welcome") return this.#finish({ token: event.token ?? this.#request.token });
        // The server crashed, and wants a new hello.
        if (event.type === "system" && event.event === "restart") return this.#sendHello(event.again);
        if (event.type !== "error") return;
        if (!TEMPORARY_ERRORS.has(event.code)) return this.#finish(event);
        this.#connection.setTimer("hello", event.retry ?? this.#backoff.next(), () => this.#sendHello());
    }

    #finish(answer) {
        // Another tab may have sent the same hello, and done the rest.
        const isOurs = this.#storage.get(KEY)?.token === this.#request.token;
        this.#storage.set(KEY, undefined);
        this.#connection.close();
        if (isOurs) this.#settled(answer);
    }
}
