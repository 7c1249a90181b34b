// The client of the chat page, and the base of the library that other pages and programs take (chatrelay.js): one session in the
// chat that survives lost connections. Its methods return at once; what comes of them is events, which chatrelay.d.ts documents.

import { destroyedError } from "./error.js";
import { keyOf } from "./pending-messages.js";
import { Session } from "./session.js";
import { Storage } from "./storage.js";
import { randomHex, roomName, seqOf, sizeOf, textOf, userOf, wellFormed } from "./text.js";

/** The minimum time between two `typing` commands for one room, in ms. The server drops more frequent ones. */
const TYPING_INTERVAL_MS = 2_000;
/** The longest JSON of a signal's data, in bytes. */
const MAX_SIGNAL_BYTES = 4_096;

/** @returns {Function} the WebSocket of this browser or program. @throws {TypeError} if there is none */
function ownWebSocket() {
    if (globalThis.WebSocket) return globalThis.WebSocket;
    throw new TypeError("There is no WebSocket here (Node has one from version 22 on): give a class as the option WebSocket, such as that of the package ws.");
}

/** @returns {string} the URL as that of a WebSocket. @throws {TypeError} */
function socketURL(url) {
    const { protocol, href } = new URL(url, globalThis.location?.href);
    if (!/^(http|ws)s?:$/.test(protocol)) throw new TypeError(`Give the url of the chat, which begins with wss:// or ws://, and not with ${protocol}//.`);
    return href.replace(/^http/, "ws");
}

export class Client extends EventTarget {
    #all;
    #isDestroyed = false;
    /** For each room, when the last `typing` command was sent. */
    #typingSentAt = new Map();

    /**
     * @param {string | URL} [url] of the WebSocket. Default: `ws` in the folder above this file.
     * @param {WebSocket} [socket] to this URL with the subprotocol chatrelay.v1, opened before this file was loaded, to save time.
     * @param {string} [name] the requested name of a new user. Default: the server assigns one.
     * @param {string} [label] what the user's list of devices calls this one, such as "Firefox on Android".
     * @param {string[]} [rooms] to join, created if missing. Default: the server's default room.
     * @param {() => string | Promise<string>} [token] gives the signed token of this site's user.
     * @param {{get(key), set(key, value), keys(prefix)}} [storage] for the token and the pending messages. Default:
     *   localStorage, or where there is none, memory.
     * @param {Function} [WebSocket] the class. Default: that of the browser or of Node.
     * @throws {TypeError} if one of them is not valid
     */
    constructor({
        url = new URL("../ws", import.meta.url).href.replace(/^http/, "ws"), socket, name, label, rooms = [], token,
        storage = new Storage(`chatrelay ${url} `), WebSocket = ownWebSocket(),
    } = {}) {
        super();
        const options = {
            url: socketURL(url), earlySocket: socket, label, WebSocket, signedToken: token, storage,
            name: name?.trim() ? wellFormed(name) : undefined, rooms: rooms.map(roomName),
        };
        this.#all = new Session(options, (type, detail) => this.#emit(type, detail));
    }

    /** @throws {Error} after destroy() */
    get #session() {
        if (this.#isDestroyed) throw destroyedError();
        return this.#all;
    }

    /** The server's limits (PROTOCOL.md, `welcome`). Before the first `welcome`, the server's defaults. */
    get limits() { return this.#all.limits; }
    /** The name of this user, or the requested one. */
    get name() { return this.#all.name; }
    /** The id of this user. Undefined before the first `welcome`. */
    get user() { return this.#all.user; }
    /** The secret that identifies this user. Undefined before the first `welcome`, and where a proxy authenticates users. */
    get token() { return this.#all.token; }
    /** The `detail` of the last `state` event. */
    get state() { return this.#all.connection.state; }
    /** The joined and requested rooms. The library joins them again on each new connection. */
    get rooms() { return [...this.#all.rooms]; }
    /** Whether the server has confirmed the room on this connection. */
    isJoined(room) { return this.#all.joined.has(room); }
    /** The unacknowledged messages, in the form of the `pending` event. Includes those of before a reload. */
    get pending() { return this.#all.pending.all; }
    /** The unanswered changes of messages: {id, type: "edit" | "delete" | "react", message, text?, emoji?, on?, at}. */
    get changes() { return this.#all.pending.changes; }
    /** The status line of this user. Undefined for none. */
    get status() { return this.#all.status; }
    /** The server's time minus this client's in ms, as far as events have told it. */
    get clockOffset() { return this.#all.clock.offset; }

    /** Connects. If a reconnect is scheduled, it happens now. Does nothing after the close codes 4202 and 4299. */
    connect() { if (!this.#session.isReplaced) this.#session.connection.connect(); }
    /** Closes the connection. The library does not reconnect until `connect` is called. */
    close() { this.#all.connection.close(); }
    /** Ends this client: no connection, timer or listener is left, and no further event comes. What is stored stays for the next client. */
    destroy() {
        if (this.#isDestroyed) return;
        this.#all.destroy();
        this.#isDestroyed = true;
    }

    /**
     * Stores the token of another user, for the next client: reload the page. Closes this client and those of other tabs, and
     * discards their pending messages, because they are another user's.
     */
    become(token) { this.#session.become(token); }

    /**
     * Makes this browser a device of a known user, with the code of a link or a recovery code. The answer is `sign-in`; until it is
     * "accepted", this client stays who it is, and then it is closed as by `become`. Without a code it goes on with the one
     * whose answer was lost by a reload. @param {{link: string} | {recovery: string}} [code]
     */
    signIn(code) { if (code || this.hasUnfinishedSignIn) this.#session.signIn(code); }
    /** Gives up signIn(). The server may have accepted it already. */
    cancelSignIn() { this.#session.cancelSignIn(); }
    get hasUnfinishedSignIn() { return this.#all.hasUnfinishedSignIn; }

    // The answer is the event of the same name, or `error`. They return false without a connection.

    /** Requests the devices of this user. */
    devices() { return this.#session.request({ type: "devices" }); }
    /** Requests a code for another device, which works once and for ten minutes. */
    link() { return this.#session.request({ type: "link" }); }
    /** Requests a recovery code. The former one becomes void. */
    recovery() { return this.#session.request({ type: "recovery" }); }
    /**
     * Signs out a device: {device}, its id; {all: true}, all others; {}, this one, which is then closed with 4202. The answer is
     * `signed-out`.
     */
    signOut({ device, all } = {}) { return this.#session.request({ type: "sign-out", device, all }); }

    /**
     * Sends a message to a room, now or as soon as the room is joined. @param {{re?: number}} [options] `re`: the `seq` of the
     *   message that it replies to
     * @returns {string} the id in `pending` and `message`. @throws {TypeError} if an argument is not valid, or there is no text
     */
    send(room, text, { re } = {}) { return this.#send({ room: roomName(room) }, text, re); }
    /**
     * Sends a private message to the user `to`, a name or an id. @param {{re?: number, name?: string}} [options] `name`: that of
     *   the user with the id, for `pending`
     * @returns {string} as `send`
     */
    sendPrivate(to, text, { re, name } = {}) { return this.#send({ to: userOf("to", to), ...name !== undefined && { name } }, text, re); }

    // Changes of messages are kept and sent again until the server answers, as messages are, also over a reload. The answer is
    // the own event, or `error` with the id. They return the id, and throw a TypeError if an argument is not valid.

    /** Replaces the text of the own message with the sequence number `seq`. */
    edit(seq, text) { return this.#change("edit", seq, { text: textOf("text", text) }); }
    /** Deletes an own message. */
    remove(seq) { return this.#change("delete", seq); }
    /** Adds a reaction to a message, or takes it back. @param {string} emoji one emoji @param {boolean} [on] */
    react(seq, emoji, on = true) {
        if (typeof on !== "boolean") throw new TypeError("on must be true or false");
        return this.#change("react", seq, { emoji: textOf("emoji", emoji), on });
    }

    /** Sends a failed message again, with the same id. */
    retry(id) {
        if (this.#session.isReplaced) return;
        const message = this.#session.pending.retry(id);
        if (!message) return;
        this.#session.sendQueue.forget(id);
        this.#emit("pending", message);
        if (message.room !== undefined && !this.#session.rooms.has(message.room)) this.join(message.room, { create: true });
        this.#session.sendQueue.flush(keyOf(message));
    }

    /** Discards a failed message. */
    discard(id) {
        this.#session.sendQueue.forget(id);
        this.#session.pending.remove(id);
    }

    /**
     * The answer is `joined`, or `error` with the `room`. Without a connection, the next one joins it, and creates it if it is missing.
     * @throws {TypeError} if the room name is not valid
     */
    join(room, { create = false } = {}) {
        roomName(room);
        if (!this.#session.request({ type: "join", room, ...(create && { create }) })) this.#session.rooms.add(room);
    }

    /** The answer is `left`. */
    leave(room) {
        if (!this.#session.request({ type: "leave", room })) this.#session.roomLeft({ type: "left", room });
    }

    /**
     * Requests another name. The answer is `renamed`, or `error` with `name-taken` (and a `proposal`), `bad-name` or
     * `name-fixed`. Without a connection, the next connection requests the name.
     */
    rename(name) {
        const wanted = textOf("name", name);
        if (!this.#session.request({ type: "rename", name: wanted })) this.#session.renameOnConnect(wanted);
    }

    /** Tells the room that this user is typing. May be called on every key press. */
    typing(room) {
        const now = performance.now();
        const last = this.#typingSentAt.get(room) ?? -Infinity;
        if (!this.#session.joined.has(room) || now - last < TYPING_INTERVAL_MS) return;
        this.#typingSentAt.set(room, now);
        this.#session.connection.send({ type: "typing", room }, { expectsAnswer: false });
    }

    /**
     * Passes data to the other clients in the room that are online now, as the event `signal`: a cursor, a move. It is not stored.
     * @param data any JSON but null, at most 4 KiB @returns {string | undefined} the id of an `error`; undefined if this client is not in the
     *   room at the moment. @throws {TypeError} if the room or the data is not valid
     */
    signal(room, data) {
        roomName(room);
        const json = JSON.stringify(data) ?? "null";
        if (json === "null" || sizeOf(json) > MAX_SIGNAL_BYTES) throw new TypeError(`data must be JSON of at most ${MAX_SIGNAL_BYTES} bytes, and not null`);
        const id = randomHex(16);
        const { joined, connection } = this.#session;
        return joined.has(room) && connection.send({ type: "signal", id, room, data }, { expectsAnswer: false }) ? id : undefined;
    }

    /**
     * Says whether nobody is looking at this client, now and on each new connection. The user is away while all of its clients are.
     * @throws {TypeError} if the argument is not a boolean
     */
    setAway(away) {
        if (typeof away !== "boolean") throw new TypeError("away must be true or false");
        this.#session.setAway(away);
    }

    /**
     * Sets the status line of this user, which others see; empty for none. The answer is `presence` with `own`, or `error` with
     * `bad-status` or `muted`, or with the `command` "presence". @returns {boolean} false without a connection
     */
    setStatus(text) {
        const status = text === "" ? "" : textOf("text", text);
        return this.#session.request({ type: "presence", status });
    }

    /**
     * Requests the members of a room, or the presence of a user: {with: name} or {user: id}. The answer is `who`, or `error`.
     * @param {string | {with: string} | {user: number}} target @returns {boolean} false without a connection
     */
    who(target) {
        if (typeof target === "object") return this.#session.request({ type: "who", ...target });
        return this.#session.joined.has(target) && this.#session.request({ type: "who", room: target });
    }

    /**
     * This user has seen everything in the room or the conversation up to `seq`. The library tells the server, in time and again
     * until it knows. @param {{room: string} | {user: number}} target
     */
    read(target, seq) { this.#session.readPositions.read(target, seq); }
    /** How far the user has read as the server knows it, on any device. @returns {number | undefined} */
    readUpTo(target) { return this.#session.readPositions.known(target); }

    /**
     * Gives a room a title, a topic, or both; an empty one removes it. The answer is `topic` with the id, or `error` with it.
     * @returns {string | undefined} the id; undefined without a connection
     */
    setTopic(room, { title, topic }) {
        const id = randomHex(16);
        return this.#session.request({ type: "topic", id, room: roomName(room), title, topic }) ? id : undefined;
    }
    /** Requests the list of rooms. The answer is `rooms`. @returns {boolean} false without a connection */
    list() { return this.#session.request({ type: "rooms" }); }

    /**
     * Requests stored messages: of a `room`, of the private conversation `with` a user (or `user`, the id), or without these, all private messages.
     * These are the newest messages, or the newest ones below the sequence number `before`. The answer is `history`, or
     * `error` with the `room`, `with` or `user`. @returns {boolean} false without a connection
     */
    history(target, { before, limit } = {}) {
        return this.#session.request({ type: "history", ...target, before, limit });
    }

    /**
     * Searches for messages that contain all words of `text`. `target`, `before` and `limit` are those of `history`. The
     * answer is `found`. @returns {boolean} false without a connection
     */
    search(text, { before, limit, ...target } = {}) {
        return this.#session.request({ type: "search", text: wellFormed(text), ...target, before, limit });
    }

    #emit(type, detail) { if (!this.#isDestroyed) this.dispatchEvent(new CustomEvent(type, { detail })); }

    #change(type, seq, fields = {}) {
        const { pending, sendQueue, ledger } = this.#session;
        const change = pending.add({ type, message: seqOf("message", seq), ...fields, ...ledger !== undefined && { ledger } });
        if (change?.status === "failed") sendQueue.giveUp(change, change.code);
        else sendQueue.flush(keyOf(change));
        return change.id;
    }

    #send(target, text, re) {
        const message = this.#session.pending.add({ ...target, text: textOf("text", text), ...re !== undefined && { re: seqOf("re", re) } });
        this.#emit("pending", message);
        this.#session.sendQueue.flush(keyOf(message));
        return message.id;
    }
}
