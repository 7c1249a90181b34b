// A WebSocket that reconnects: opens, detects a dead connection, waits, opens again. It knows only that the protocol is JSON;
// the session says when `welcome` has arrived. Owns the socket and its timers.

import { Backoff, reconnectPolicy } from "./reconnect.js";

const SUBPROTOCOL = "chatrelay.v1";
/** Time from connecting to `welcome`, in ms: long enough for a slow network. */
const HANDSHAKE_TIMEOUT_MS = 15_000;
/** Time until anything arrives after a command, in ms. Browsers hide pings, so this is how a dead connection is detected. */
const ANSWER_TIMEOUT_MS = 10_000;
/** After this time online (ms), a lost connection resets the back-off, and a close code may ask for an immediate reconnect. */
const STABLE_MS = 5_000;
/** The close code of a connection that this client gave up (RFC 6455 §7.4.1: never on the wire). */
const ABNORMAL_CLOSURE = 1006;

export class Connection {
    #url;
    #handlers;
    #socket = null;
    #state = { state: "closed" };
    #backoff = new Backoff();
    #timers = new Map();
    #welcomedAt = null;
    /** Whether `welcome` has arrived, and no resync is under way. */
    #isWelcome = false;

    /**
     * @param {string} url
     * @param {{opened(), received(message: object), lost(), stateChanged(state: object), probe(): object}} handlers `lost` is
     *   called before the `stateChanged` that follows. `probe` makes a command that the server always answers.
     */
    constructor(url, handlers) {
        this.#url = url;
        this.#handlers = handlers;
        globalThis.addEventListener("online", () => this.#wake());
        globalThis.document?.addEventListener("visibilitychange", () => { if (!document.hidden) this.#wake(); });
    }

    get state() { return this.#state; }
    get isWelcome() { return this.#isWelcome; }

    /** Connects. If a reconnect is scheduled, it happens now. */
    connect() {
        if (this.#socket) return;
        this.#cancelTimers();
        const socket = new WebSocket(this.#url, SUBPROTOCOL);
        this.#socket = socket;
        this.#setState({ state: "connecting" });
        this.setTimer("handshake", HANDSHAKE_TIMEOUT_MS, () => this.#lost(ABNORMAL_CLOSURE, ""));
        // An abandoned socket may still emit events.
        const ifCurrent = (action) => (event) => { if (socket === this.#socket) action(event); };
        socket.onopen = ifCurrent(() => this.#handlers.opened());
        socket.onmessage = ifCurrent((event) => this.#received(event.data));
        socket.onclose = ifCurrent((event) => this.#lost(event.code, event.reason));
    }

    /** `welcome` has arrived. */
    welcomed() {
        this.#cancelTimers("handshake");
        this.#isWelcome = true;
        // During a resync the state stayed "online".
        if (this.#welcomedAt !== null) return;
        this.#welcomedAt = performance.now();
        this.#setState({ state: "online" });
    }

    /** The server crashed and wants a new hello. Waits for its `welcome`, and no longer for answers to earlier commands. */
    resync() {
        this.#cancelTimers();
        this.#isWelcome = false;
        this.setTimer("handshake", HANDSHAKE_TIMEOUT_MS, () => this.#lost(ABNORMAL_CLOSURE, ""));
    }

    /** Sends a command. @returns {boolean} false if the socket is not open */
    send(command, { expectsAnswer = true } = {}) {
        if (this.#socket?.readyState !== WebSocket.OPEN) return false;
        this.#socket.send(JSON.stringify(command));
        if (expectsAnswer && !this.#timers.has("answer")) {
            this.setTimer("answer", ANSWER_TIMEOUT_MS, () => this.#lost(ABNORMAL_CLOSURE, ""));
        }
        return true;
    }

    /** Closes the connection, without a reconnect. */
    close(code = 1000, reason = "") {
        this.#dropSocket();
        this.#setState({ state: "closed", code, reason });
    }

    /** Calls `action` after `ms`, unless the connection ends before. A timer replaces the one with the same name. */
    setTimer(name, ms, action) {
        this.#cancelTimers(name);
        this.#timers.set(name, setTimeout(() => { this.#timers.delete(name); action(); }, ms));
    }

    #received(data) {
        this.#cancelTimers("answer");
        let message;
        try { message = JSON.parse(data); } catch { return; }
        this.#handlers.received(message);
    }

    #lost(code, reason) {
        const wasStable = this.#welcomedAt !== null && performance.now() - this.#welcomedAt > STABLE_MS;
        this.#dropSocket();
        const policy = reconnectPolicy(code);
        if (policy === "never") return this.#setState({ state: "closed", code, reason });
        if (wasStable) this.#backoff.reset();
        const delay = policy === "now" && wasStable ? 0 : this.#backoff.next();
        this.setTimer("reconnect", delay, () => this.connect());
        this.#setState({ state: "offline", code, reason, retryAt: Date.now() + delay });
    }

    /** Abandons the socket without waiting for its close event: on a dead connection that takes minutes. */
    #dropSocket() {
        const socket = this.#socket;
        this.#socket = null;
        this.#welcomedAt = null;
        this.#isWelcome = false;
        this.#cancelTimers();
        socket?.close();
        this.#handlers.lost();
    }

    #setState(state) {
        this.#state = state;
        this.#handlers.stateChanged(state);
    }

    /** The network changed or the page became visible: reconnects at once, or checks whether the connection is alive. */
    #wake() {
        if (this.#state.state === "offline") this.connect();
        else if (this.#isWelcome) this.send(this.#handlers.probe());
    }

    /** Cancels the timer with this name, or all timers. */
    #cancelTimers(name) {
        for (const each of name ? [name] : [...this.#timers.keys()]) {
            clearTimeout(this.#timers.get(each));
            this.#timers.delete(each);
        }
    }
}
