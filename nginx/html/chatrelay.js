// The client library of Chatrelay: one session in the chat that survives lost connections. Any page may use it:
//
//     import { ChatRelay } from "/chatrelay.js";   // or wherever this file is: the WebSocket is beside it
//     const chat = new ChatRelay({ name: "Ada", rooms: ["lobby"] });
//     chat.addEventListener("state", (e) => console.log(e.detail.state));
//     chat.addEventListener("message", (e) => console.log(e.detail.from, e.detail.text));
//     chat.connect();
//     chat.send("lobby", "Hello, world");   // sent when the room is joined, and again until the server acknowledges it
//
// Events are CustomEvents. `detail` is the object that PROTOCOL.md documents for the type, with these additions:
//   state     {state: "connecting" | "online" | "offline" | "closed", code?, reason?, retryAt?, cause?, status?}. From
//             "offline", the library reconnects at `retryAt` (ms since 1970). `cause`, if HTTP tells why the handshake fails:
//             "login" (a login is required), "refused" (with the HTTP `status` and the server's `reason`) or "blocked" (the
//             server answers, but something between lets no WebSocket through). "closed" is final: after close(), or after a
//             final close `code`, with its `reason`. After 4200 (kicked), connect() is allowed; after 4201 (banned), it is not.
//             4202: this device was signed out, and its token and pending messages are forgotten. 4299: another tab of the browser
//             became another user, or another person logged in. After these two make a new client.
//   welcome   `asked`: the name that the client requested, where the server did not know the client. If `asked` is not
//             `name`, the requested name was not available. `anew`: the server has a new ledger, so the sequence numbers of
//             earlier messages are void.
//   message, private   `own`: whether this user sent it. The library emits each `seq` once, and missed messages first.
//   edited, reaction   `own`: whether this user made the change. {message, …}: the `seq` of the changed message. A client that
//             does not have the message ignores the event. It has no `seq` where an answer to a repeated change replaces it.
//   history, found     `own` in each of `messages`. `gap`: messages may be missing between these and the earlier ones.
//   pending   {id, room | to, name?, text, re?, at, status: "pending" | "failed", code?}: a message that is not acknowledged yet, or
//             that the server refused for good with error `code`. A `message` or `private` with this id settles it, live or
//             in a `history`. In `pending`, one has the `code` "try-again" after an error
//             of the server, which can't store it at the moment. A failed one may have
//             "left" (this user left the room before the answer) and "other-user" (see 4299).
//   deleted   {message, room | from, to, id?}: the message with this `seq` was deleted. `id`: that of the pending message, or of
//             the deletion.
//   error     as in PROTOCOL.md. One with the `id` of an edit, a deletion or a reaction ends it, except `try-again` and
//             `rate-limited`: these are sent again. `no-such-message` also follows a new ledger, `other-user` 4299.
//   presence  `own`: whether it is about this user.
//   reads, read   how far this user has read, on any device: {positions: [{room | with, user; upto}]} after `welcome`, then single ones.
//   topic     {room, title, topic, from, user, id}: the room has this title and this topic now. `joined` has them, too. A repeated
//             setTopic() is answered with `ack`.
//   sign-in   {state}: of signIn(). "connecting" and "offline" as in `state`; "accepted": this client is closed, make a new one;
//             "refused", with `code` ("bad-link", "bad-recovery", "no-tokens", …) and `message`: nothing has changed.
//   devices, signed-out, link, recovery: as in PROTOCOL.md. An error about them has neither `id` nor `room`.
//   system, typing, who, rooms, joined, left, renamed: as in PROTOCOL.md. `who` is about a room or a user.
// A user has a name, which may change and then belong to somebody else, and a number that stays: `user` (of the sender) and
// `peer` (of the recipient) in events. `own` follows the number. Where the library takes a user, it takes either.
// Texts and names are not escaped: insert them as text, never as HTML.
//
// It also runs in workers and in Node (22 or newer), with a `url` and, where pending messages shall survive, a `storage`.

import { keyOf } from "./chatrelay/pending-messages.js";
import { Session } from "./chatrelay/session.js";
import { Storage } from "./chatrelay/storage.js";
import { randomHex, roomName, seqOf, textOf, userOf, wellFormed } from "./chatrelay/text.js";

export { TOKEN } from "./chatrelay/handshake.js";
export { ROOM_NAME } from "./chatrelay/text.js";

/** The minimum time between two `typing` commands for one room, in ms. The server drops more frequent ones. */
const TYPING_INTERVAL_MS = 2_000;

export class ChatRelay extends EventTarget {
    #session;
    /** For each room, when the last `typing` command was sent. */
    #typingSentAt = new Map();

    /**
     * @param {string} [url] of the WebSocket. Default: `ws` in the folder of this file.
     * @param {WebSocket} [socket] to this URL with the subprotocol chatrelay.v1, opened before this file was loaded, to save time.
     * @param {string} [name] the requested name of a new user. Default: the server assigns one.
     * @param {string} [label] what the user's list of devices calls this one, such as "Firefox on Android".
     * @param {string[]} [rooms] to join, created if missing. Default: the server's default room.
     * @param {{get(key), set(key, value), keys(prefix)}} [storage] for the token and the pending messages. Default:
     *   localStorage, or where there is none, memory.
     * @throws {TypeError} if a room name is not valid, or the name is not a string
     */
    constructor({
        url = new URL("ws", import.meta.url).href.replace(/^http/, "ws"), socket, name, label, rooms = [],
        storage = new Storage(`chatrelay ${url} `),
    } = {}) {
        super();
        const options = { url: String(url), earlySocket: socket, label, name: name?.trim() ? wellFormed(name) : undefined, rooms: rooms.map(roomName), storage };
        this.#session = new Session(options, (type, detail) => this.#emit(type, detail));
    }

    /** The server's limits (PROTOCOL.md, `welcome`). Before the first `welcome`, the server's defaults. */
    get limits() { return this.#session.limits; }
    /** The name of this user, or the requested one. */
    get name() { return this.#session.name; }
    /** The id of this user. Undefined before the first `welcome`. */
    get user() { return this.#session.user; }
    /** The secret that identifies this user. Undefined before the first `welcome`, and where a proxy authenticates users. */
    get token() { return this.#session.token; }
    /** The `detail` of the last `state` event. */
    get state() { return this.#session.connection.state; }
    /** The joined and requested rooms. The library joins them again on each new connection. */
    get rooms() { return [...this.#session.rooms]; }
    /** The unacknowledged messages, in the form of the `pending` event. Includes those of before a reload. */
    get pending() { return this.#session.pending.all; }
    /** The unanswered changes of messages: {id, type: "edit" | "delete" | "react", message, text?, emoji?, on?, at}. */
    get changes() { return this.#session.pending.changes; }
    /** The status line of this user. Undefined for none. */
    get status() { return this.#session.status; }
    /** The server's time minus this client's in ms, as far as events have told it. */
    get clockOffset() { return this.#session.clock.offset; }

    /** Connects. If a reconnect is scheduled, it happens now. Does nothing after the close codes 4202 and 4299. */
    connect() { if (!this.#session.isReplaced) this.#session.connection.connect(); }
    /** Closes the connection. The library does not reconnect until `connect` is called. */
    close() { this.#session.connection.close(); }

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
    get hasUnfinishedSignIn() { return this.#session.hasUnfinishedSignIn; }

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

    /** The answer is `joined`, or `error` with the `room`. @throws {TypeError} if the room name is not valid */
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
     * @param {string | {with: string} | {user: number}} target
     */
    who(target) {
        if (typeof target === "object") this.#session.request({ type: "who", ...target });
        else if (this.#session.joined.has(target)) this.#session.request({ type: "who", room: target });
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
    /** Requests the list of rooms. The answer is `rooms`. */
    list() { this.#session.request({ type: "rooms" }); }

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

    #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

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
