// The client library of Chatrelay: one seat in the chat that is kept through every break of the line. Any page may use it:
//
//     import { ChatRelay } from "/chatrelay.js";
//     const chat = new ChatRelay({ name: "Ada", rooms: ["lobby"] });
//     chat.addEventListener("state", (e) => console.log(e.detail.state));
//     chat.addEventListener("message", (e) => console.log(e.detail.from, e.detail.text));
//     chat.addEventListener("pending", (e) => {
//         if (e.detail.status === "failed") chat.retry(e.detail.id);
//     });
//     chat.connect();
//     chat.send("lobby", "Hello, world");   // at once, or as soon as the room is joined
//
// Events (CustomEvent; `detail` is what PROTOCOL.md shows for the type, with these besides):
//   state     {state: "connecting" | "online" | "offline" | "closed", code?, reason?, retryAt?}. "offline" comes back by
//             itself at `retryAt` (milliseconds since 1970); "closed" never does: by close(), or because the server said so.
//   welcome   `asked`: the name that was asked for. Where it is not `name`, it could not be had.
//   message   `own`: whether this client sent it. Each once, in the order of the server.
//   pending   {id, room, text, at, status: "pending" | "failed", code?}: not acknowledged yet, or failed with the server's
//             error code, or with "lost": the line broke, and it may have arrived or not. `message` ends it.
//   system, typing, who, rooms, joined, left, renamed, error: as the server says them.
// Texts and names are given out as they came: put them in as text, never as HTML.

import { Connection } from "./chatrelay/connection.js";
import { Pending } from "./chatrelay/pending.js";

/** What a room may be called. */
export const ROOM_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** At most one `typing` for each room in this time (ms): the server passes on no more. */
const TYPING_MS = 2_000;
/** How often a taken name is asked for again: after a break the old connection may linger; a reloaded page is quicker. */
const NAME_TRIES = { ours: 4, new: 1 };
const NAME_RETRY_MS = 250;

export class ChatRelay extends EventTarget {
    #connection;
    #pending = new Pending();
    #name;
    #asked;
    #nameIsOurs = false;
    #nameTries = 0;
    /** The rooms to be in; of them, those that we are in, and those that the last `hello` asked for. */
    #rooms;
    #joined = new Set();
    #rejoining = new Set();
    #seq = 0;
    #typed = new Map();

    /** The server's limits (see `welcome`); until it has said them, its defaults. */
    limits = { text: 8192, name: 32, rooms: 16, rate: 10, burst: 50 };

    /**
     * @param {string} [url] of the WebSocket; without it `/ws` of the page's own host.
     * @param {string} [name] the wanted name; without it the server assigns one.
     * @param {string[]} [rooms] to be in, made where they are missing; without any, the server's default room.
     */
    constructor({ url = new URL("/ws", location.href).href.replace(/^http/, "ws"), name, rooms = [] } = {}) {
        super();
        this.#name = name;
        this.#rooms = new Set(rooms);
        this.#connection = new Connection(url, {
            opened: () => this.#opened(),
            received: (message) => this.#received(message),
            lost: () => this.#lost(),
            entered: (state) => this.#tell("state", state),
            probe: () => ({ type: "rooms" }),
        });
    }

    /** The name that this client has, or asks for. */
    get name() { return this.#name; }
    /** As the last `state` event said it. */
    get state() { return this.#connection.state; }
    /** The rooms to be in; all of them are joined again after a break. */
    get rooms() { return [...this.#rooms]; }

    /** Connects; where it waits for its next try, at once. */
    connect() { this.#connection.connect(); }
    /** Ends the connection for good (until `connect`). */
    close() { this.#connection.close(); }

    /** Says something, at once or when the room is joined again. @returns {string} the id in `pending` and `message`. */
    send(room, text) {
        const message = this.#pending.add(room, text);
        this.#tell("pending", message);
        this.#flush(room);
        return message.id;
    }

    /** Sends a failed message again, under the same id: a server that remembers ids takes it once only. */
    retry(id) {
        const message = this.#pending.again(id);
        if (!message) return;
        this.#tell("pending", message);
        this.#flush(message.room);
    }

    /** Gives a failed message up. */
    discard(id) { this.#pending.forget(id); }

    /** Answered by `joined`, or by `error` with the `room`. */
    join(room, { create = false } = {}) {
        if (this.#online) this.#connection.write({ type: "join", room, ...(create && { create }) });
        else this.#rooms.add(room);
    }

    /** Answered by `left`. */
    leave(room) {
        if (this.#online) this.#connection.write({ type: "leave", room });
        else this.#left({ type: "left", room });
    }

    /**
     * Asks for another name: answered by `renamed`, or by `error` with `name-taken` (and a `proposal`) or `bad-name`.
     * While there is no connection it is the name that the next one asks for.
     */
    rename(name) {
        if (this.#online) return void this.#connection.write({ type: "rename", name });
        this.#name = name;
        this.#nameIsOurs = false;
    }

    /** Tells the room that one is typing; may be called at every key. */
    typing(room) {
        const now = performance.now();
        if (!this.#joined.has(room) || now - (this.#typed.get(room) ?? -Infinity) < TYPING_MS) return;
        this.#typed.set(room, now);
        this.#connection.write({ type: "typing", room }, { answered: false });
    }

    /** Asks who is in a room: answered by `who`. */
    who(room) { if (this.#joined.has(room)) this.#connection.write({ type: "who", room }); }
    /** Asks which rooms there are: answered by `rooms`. */
    list() { if (this.#online) this.#connection.write({ type: "rooms" }); }

    get #online() { return this.state.state === "online"; }

    #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

    #opened() {
        this.#nameTries = 0;
        this.#asked = this.#name;
        this.#rejoining = new Set(this.#rooms);
        this.#hello();
    }

    #hello() {
        const rooms = [...this.#rejoining];
        // The next version of the server resumes here: `since` (#seq) and the `token` of the welcome before go in.
        const name = this.#name;
        this.#connection.write({ type: "hello", ...(name && { name }), ...(rooms.length && { rooms }) }, { answered: false });
    }

    #lost() {
        this.#joined.clear();
        this.#typed.clear();
        for (const message of this.#pending.lost()) this.#tell("pending", message);
    }

    #flush(room) {
        if (!this.#joined.has(room)) return;
        for (const { id, text } of this.#pending.unwritten(room)) {
            this.#connection.write({ type: "message", id, room, text });
        }
    }

    #received(message) {
        switch (message.type) {
            case "welcome": return this.#welcomed(message);
            case "joined": return this.#entered(message);
            case "left": return this.#left(message);
            case "message": return this.#said(message);
            case "ack": return this.#acknowledged(message);
            case "error": return this.#refused(message);
            case "typing": if (message.from === this.#name) return; break;
            case "renamed": this.#name = message.name; break;
            case "system": case "who": case "rooms": break;
            default: return; // a later version may say more; what is not known is ignored
        }
        this.#tell(message.type, message);
    }

    #welcomed(message) {
        this.#name = message.name;
        this.#nameIsOurs = true;
        this.limits = { ...this.limits, ...message.limits };
        // A server that stands at a lower number has begun a new life: nothing of it was seen before.
        this.#seq = Math.min(this.#seq, message.seq);
        this.#tell("welcome", { ...message, asked: this.#asked });
        this.#connection.welcomed();
    }

    #entered(message) {
        this.#rooms.add(message.room);
        this.#joined.add(message.room);
        this.#rejoining.delete(message.room);
        this.#tell("joined", message);
        this.#flush(message.room);
    }

    #left(message) {
        this.#rooms.delete(message.room);
        this.#joined.delete(message.room);
        this.#tell("left", message);
    }

    #said(message) {
        if (message.seq <= this.#seq) return;
        this.#seq = message.seq;
        const own = this.#pending.settle(message.id, message.text) || message.from === this.#name;
        this.#tell("message", { ...message, own });
    }

    /** What was sent again had arrived the first time: its event went out while we were away. */
    #acknowledged({ id, seq }) {
        const message = this.#pending.acknowledge(id);
        if (!message) return;
        const { room, text, at } = message;
        this.#tell("message", { type: "message", seq, id, room, from: this.#name, text, at, own: true });
    }

    #refused(error) {
        if (error.id !== undefined) {
            const failed = this.#pending.fail(error.id, error.code);
            if (failed) this.#tell("pending", failed);
        }
        if (error.code === "no-such-room" && this.#rejoining.delete(error.room)) {
            // A room of before is gone (everybody left, or the server began anew): make it again.
            return this.join(error.room, { create: true });
        }
        if (error.room !== undefined && error.id === undefined && !this.#joined.has(error.room)) {
            this.#left({ type: "left", room: error.room });
        }
        if (!this.#online && (error.code === "name-taken" || error.code === "bad-name")) return this.#nameRefused(error);
        this.#tell("error", error);
    }

    /** A refused `hello` is tried again: under the same name for a while, then under what is proposed, or assigned. */
    #nameRefused({ code, proposal }) {
        const tries = this.#nameIsOurs ? NAME_TRIES.ours : NAME_TRIES.new;
        if (code === "name-taken" && this.#nameTries < tries) {
            this.#connection.after("name", NAME_RETRY_MS * 2 ** this.#nameTries++, () => this.#hello());
            return;
        }
        this.#name = proposal;
        this.#hello();
    }
}
