// One WebSocket that comes back: opening, noticing that it is dead, waiting, opening again. It knows of the protocol only
// that it is JSON, and is told when the server has said welcome. Owns the socket and all its timers.

import { Backoff, comeBack } from "./reconnect.js";

const SUBPROTOCOL = "chatrelay.v1";
/** From connecting to `welcome`, in ms: generous for a slow line; a socket that hangs is given up. */
const OPENING_MS = 15_000;
/** For anything to be heard after a command, in ms. A browser hides pings, so this is how a dead line shows. */
const ANSWER_MS = 10_000;
/** A connection that lasted this long (ms) was a good one: the back-off begins anew, and "at once" is believed. */
const STABLE_MS = 5_000;
/** The code with which a connection counts as lost that we ended ourselves (RFC 6455 §7.4.1: never on the wire). */
const ABNORMAL = 1006;

export class Connection {
    #url;
    #on;
    #socket = null;
    #state = { state: "closed" };
    #backoff = new Backoff();
    #timers = new Map();
    #welcomedAt = null;
    /** Whether the server has said welcome, and has not forgotten it. */
    #isWelcome = false;

    /**
     * @param {string} url
     * @param {{opened(), received(message: object), lost(), entered(state: object), probe(): object}} on what is called:
     *   `lost` before the state that follows; `probe` makes a command that the server always answers.
     */
    constructor(url, on) {
        this.#url = url;
        this.#on = on;
        globalThis.addEventListener("online", () => this.#wake());
        globalThis.document?.addEventListener("visibilitychange", () => { if (!document.hidden) this.#wake(); });
    }

    get state() { return this.#state; }
    get isWelcome() { return this.#isWelcome; }

    /** Connects; where it waits for its next try, at once. */
    connect() {
        if (this.#socket) return;
        this.#cancel();
        const socket = new WebSocket(this.#url, SUBPROTOCOL);
        this.#socket = socket;
        this.#enter({ state: "connecting" });
        this.after("opening", OPENING_MS, () => this.#lost(ABNORMAL, ""));
        // A socket that was given up may still speak; nobody listens then.
        const current = (action) => (event) => { if (socket === this.#socket) action(event); };
        socket.onopen = current(() => this.#on.opened());
        socket.onmessage = current((event) => this.#received(event.data));
        socket.onclose = current((event) => this.#lost(event.code, event.reason));
    }

    /** The server has said welcome. */
    welcomed() {
        this.#cancel("opening");
        this.#isWelcome = true;
        // After a restart it was online all the time.
        if (this.#welcomedAt !== null) return;
        this.#welcomedAt = performance.now();
        this.#enter({ state: "online" });
    }

    /** The server wants a hello again: what was asked will not be answered, and its welcome has to come in time. */
    restarted() {
        this.#cancel();
        this.#isWelcome = false;
        this.after("opening", OPENING_MS, () => this.#lost(ABNORMAL, ""));
    }

    /** Writes a command. @returns {boolean} whether there was an open socket to write it to. */
    write(command, { answered = true } = {}) {
        if (this.#socket?.readyState !== WebSocket.OPEN) return false;
        this.#socket.send(JSON.stringify(command));
        if (answered && !this.#timers.has("answer")) {
            this.after("answer", ANSWER_MS, () => this.#lost(ABNORMAL, ""));
        }
        return true;
    }

    /** Ends it; it does not come back by itself. */
    close(code = 1000, reason = "") {
        this.#end();
        this.#enter({ state: "closed", code, reason });
    }

    /** Calls `action` in `ms`, unless the connection ends before. One timer for each `what`. */
    after(what, ms, action) {
        this.#cancel(what);
        this.#timers.set(what, setTimeout(() => { this.#timers.delete(what); action(); }, ms));
    }

    #received(data) {
        this.#cancel("answer");
        let message;
        try { message = JSON.parse(data); } catch { return; }
        this.#on.received(message);
    }

    #lost(code, reason) {
        const stable = this.#welcomedAt !== null && performance.now() - this.#welcomedAt > STABLE_MS;
        this.#end();
        const when = comeBack(code);
        if (when === "never") return this.#enter({ state: "closed", code, reason });
        if (stable) this.#backoff.reset();
        const wait = when === "now" && stable ? 0 : this.#backoff.next();
        this.after("retry", wait, () => this.connect());
        this.#enter({ state: "offline", code, reason, retryAt: Date.now() + wait });
    }

    /** Lets go of the socket without waiting for it: on a dead line, its own close takes minutes. */
    #end() {
        const socket = this.#socket;
        this.#socket = null;
        this.#welcomedAt = null;
        this.#isWelcome = false;
        this.#cancel();
        socket?.close();
        this.#on.lost();
    }

    #enter(state) {
        this.#state = state;
        this.#on.entered(state);
    }

    /** The network changed or somebody looks again: wait no longer, and do not trust a line that just seems open. */
    #wake() {
        if (this.#state.state === "offline") this.connect();
        else if (this.#isWelcome) this.write(this.#on.probe());
    }

    #cancel(what) {
        for (const name of what ? [what] : [...this.#timers.keys()]) {
            clearTimeout(this.#timers.get(name));
            this.#timers.delete(name);
        }
    }
}
