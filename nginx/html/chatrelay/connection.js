// A WebSocket that reconnects: opens, detects a dead connection, waits, opens again. It knows only that the protocol is JSON;
// the session says when `welcome` has arrived. Owns the socket and its timers.

import { HandshakeRefusal } from "./handshake-refusal.js";
import { Backoff, reconnectPolicy } from "./reconnect.js";
import { Timers } from "./timers.js";
import { WakeUps } from "./wake-ups.js";

const SUBPROTOCOL = "chatrelay.v1";
/** Time from connecting to `welcome`, in ms: long enough for a slow network. */
const HANDSHAKE_TIMEOUT_MS = 15_000;
/** Time until anything arrives after a command, in ms. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Time without an event until the connection is probed, in ms: browsers hide pings, and an idle room is silent, too. */
const SILENCE_MS = 45_000;
/** Time until anything arrives after such a probe, in ms: nobody waits for it. */
const PROBE_TIMEOUT_MS = 20_000;
/** Time from a close frame to the close event, in ms. Some browsers lose the event while the page is in the background. */
const CLOSING_TIMEOUT_MS = 5_000;
/** After this time online (ms), a lost connection resets the back-off, and a close code may ask for an immediate reconnect. */
const STABLE_MS = 5_000;
// Deadlines double when one passes on an open connection: a page sees only whole messages, so a large one on a slow line looks
// like silence. This is the largest factor.
const MAX_PATIENCE = 4;
/** After this time online without a missed deadline (ms), the deadlines halve again. */
const CALM_MS = 60_000;
/** States of a socket. */
const OPEN = 1, CLOSING = 2, CLOSED = 3;
/** The close code of a connection that this client gave up (RFC 6455 §7.4.1: never on the wire). */
const ABNORMAL_CLOSURE = 1006;

export class Connection {
    #url;
    #WebSocket;
    #handlers;
    #socket = null;
    #earlySocket;
    #isOpen = false;
    #state = { state: "closed" };
    #backoff = new Backoff();
    #timers = new Timers();
    #patience = 1;
    #welcomedAt = null;
    #receivedAt = 0;
    /** Whether `welcome` has arrived, and no resync is under way. */
    #isWelcome = false;
    /** Its listeners exist only while the client is not closed. */
    #wakeUps = new WakeUps(() => this.#wake());
    #refusal;

    /**
     * @param {{url: string, WebSocket: Function, earlySocket?: WebSocket}} options `WebSocket`: the class. `earlySocket`: the first
     *   socket, if it is opening already
     * @param {{opened(), received(message: object), lost(code: number), stateChanged(state: object), probe(): object}} handlers
     *   `lost` is called before the `stateChanged` that follows. `probe` makes a command that the server always answers.
     */
    constructor({ url, WebSocket, earlySocket }, handlers) {
        this.#url = url;
        this.#WebSocket = WebSocket;
        this.#earlySocket = earlySocket;
        this.#handlers = handlers;
        this.#refusal = new HandshakeRefusal(url);
    }

    get state() { return this.#state; }
    get isWelcome() { return this.#isWelcome; }

    /** Connects. If a reconnect is scheduled, it happens now. */
    connect() {
        if (this.#socket) return;
        this.#timers.cancel();
        const socket = this.#takeEarlySocket() ?? new this.#WebSocket(this.#url, SUBPROTOCOL);
        this.#socket = socket;
        this.#wakeUps.start();
        this.#setState({ state: "connecting", ...this.#refusal.fields });
        this.#setDeadline("handshake", HANDSHAKE_TIMEOUT_MS);
        // An abandoned socket may still emit events.
        const ifCurrent = (action) => (event) => { if (socket === this.#socket) action(event); };
        socket.onopen = ifCurrent(() => this.#opened());
        socket.onmessage = ifCurrent((event) => this.#received(event.data));
        socket.onclose = ifCurrent((event) => this.#lost(event.code, event.reason));
        // A close event follows. The package ws throws an error that nobody listens to.
        socket.onerror = () => {};
        if (socket.readyState === OPEN) this.#opened();
    }

    /** @returns {WebSocket | undefined} the early socket, once, unless it has failed */
    #takeEarlySocket() {
        const socket = this.#earlySocket;
        this.#earlySocket = undefined;
        return socket?.readyState <= OPEN ? socket : undefined;
    }

    /** `welcome` has arrived. */
    welcomed() {
        this.#timers.cancel("handshake");
        this.#isWelcome = true;
        this.#watchSilence(SILENCE_MS);
        this.#timers.set("calm", CALM_MS, () => { this.#patience = Math.max(1, this.#patience / 2); });
        // During a resync the state stayed "online".
        if (this.#welcomedAt !== null) return;
        this.#welcomedAt = performance.now();
        this.#setState({ state: "online" });
    }

    /** The server crashed and wants a new hello. Waits for its `welcome`, and no longer for answers to earlier commands. */
    resync() {
        this.#timers.cancel();
        this.#isWelcome = false;
        this.#setDeadline("handshake", HANDSHAKE_TIMEOUT_MS);
    }

    /** @returns {boolean} false if the command could not be sent */
    send(command, { expectsAnswer = true, timeout = ANSWER_TIMEOUT_MS } = {}) {
        if (!this.#checkSocket() || this.#socket.readyState !== OPEN) return false;
        this.#socket.send(JSON.stringify(command));
        if (expectsAnswer && !this.#timers.has("answer")) this.#setDeadline("answer", timeout);
        return true;
    }

    /** Closes the connection, without a reconnect. @param {object} [fields] further ones of the `state` event */
    close(code = 1000, reason = "", fields = {}) {
        this.#dropSocket(code);
        this.#setState({ state: "closed", code, reason, ...fields });
    }

    /** Closes the connection, and leaves nothing: neither the early socket, nor the question why a handshake failed. */
    destroy() {
        this.close();
        this.#takeEarlySocket()?.close();
        this.#refusal.reset();
    }

    /** The server refuses the session: reconnects later. @param {string} reason for people */
    fail(reason) { this.#lost(ABNORMAL_CLOSURE, reason); }

    /** Calls `action` after `ms`, unless the connection ends before. A timer replaces the one with the same name. */
    setTimer(name, ms, action) { this.#timers.set(name, ms, action); }

    #opened() {
        this.#isOpen = true;
        this.#refusal.reset();
        this.#handlers.opened();
    }

    #received(data) {
        this.#timers.cancel("answer");
        this.#receivedAt = performance.now();
        try { data = JSON.parse(data); } catch { return; }
        this.#handlers.received(data);
    }

    #setDeadline(name, ms) {
        this.#timers.set(name, ms * this.#patience, () => {
            if (this.#isOpen) this.#patience = Math.min(this.#patience * 2, MAX_PATIENCE);
            this.#lost(ABNORMAL_CLOSURE, "");
        });
    }

    #lost(code, reason) {
        const wasOpen = this.#isOpen;
        const wasStable = this.#welcomedAt !== null && performance.now() - this.#welcomedAt > STABLE_MS;
        this.#dropSocket(code);
        const policy = reconnectPolicy(code);
        if (policy === "never") return this.#setState({ state: "closed", code, reason });
        if (wasStable) this.#backoff.reset();
        const delay = policy === "now" && wasStable ? 0 : this.#backoff.next();
        const state = { state: "offline", code, reason, retryAt: Date.now() + delay };
        this.#timers.set("reconnect", delay, () => this.connect());
        this.#setState({ ...state, ...this.#refusal.fields });
        if (!wasOpen) void this.#explain(state);
    }

    /** Asks why the handshake failed, and adds the answer to the state. */
    async #explain(state) {
        if (await this.#refusal.ask() && this.#state.retryAt === state.retryAt) this.#setState({ ...state, ...this.#refusal.fields });
    }

    /** Abandons the socket without waiting for its close event: on a dead connection that takes minutes. */
    #dropSocket(code) {
        const socket = this.#socket;
        this.#socket = null;
        this.#isOpen = false;
        this.#welcomedAt = null;
        this.#isWelcome = false;
        this.#timers.cancel();
        socket?.close();
        this.#handlers.lost(code);
    }

    #setState(state) {
        this.#state = state;
        if (state.state === "closed") this.#wakeUps.stop();
        this.#handlers.stateChanged(state);
    }

    /** The network changed or the page became visible: reconnects at once, or checks whether the connection is alive. */
    #wake() {
        if (this.#state.state === "offline") this.connect();
        else if (this.#checkSocket()) this.#probe();
    }

    #probe(timeout) {
        if (this.#isWelcome && !this.#timers.has("answer")) this.send(this.#handlers.probe(), { timeout });
    }

    #watchSilence(ms) {
        this.#timers.set("silence", ms, () => {
            const silentFor = performance.now() - this.#receivedAt;
            if (silentFor < SILENCE_MS) return this.#watchSilence(SILENCE_MS - silentFor);
            this.#watchSilence(SILENCE_MS);
            this.#probe(PROBE_TIMEOUT_MS);
        });
    }

    /** Notices a socket that is closed although its close event is missing. @returns {boolean} whether there is a socket */
    #checkSocket() {
        if (this.#socket?.readyState === CLOSED) this.#lost(ABNORMAL_CLOSURE, "");
        if (this.#socket?.readyState === CLOSING && !this.#timers.has("closing")) {
            this.#timers.set("closing", CLOSING_TIMEOUT_MS, () => this.#lost(ABNORMAL_CLOSURE, ""));
        }
        return this.#socket !== null;
    }
}
