// The client library of Chatrelay: one seat in the chat that is kept through every break of the line. Any page may use it:
//
//     import { ChatRelay } from "/chatrelay.js";
//     const chat = new ChatRelay({ name: "Ada", rooms: ["lobby"] });
//     chat.addEventListener("state", (e) => console.log(e.detail.state));
//     chat.addEventListener("message", (e) => console.log(e.detail.from, e.detail.text));
//     chat.connect();
//     chat.send("lobby", "Hello, world");   // at once, or as soon as the room is joined; sent again until it has arrived
//
// Events (CustomEvent; `detail` is what PROTOCOL.md shows for the type, with these besides):
//   state     {state: "connecting" | "online" | "offline" | "closed", code?, reason?, retryAt?}. "offline" comes back by
//             itself at `retryAt` (milliseconds since 1970); "closed" never does: by close(), or because the server said so:
//             `code` 4200 (one may come back by connect()), or 4201 (banned), and why in `reason`.
//   welcome   `asked`: the name that was asked for, where the server did not know us. Where it is not `name`, it could not be
//             had. `anew`: the server's numbers began anew; no message from before has a number any more.
//   message, private   `own`: whether we sent it. Each once, by `seq`, whatever history brings; what was missed comes first.
//   history, found     `own` in each of their `messages`. With `gap`: between these and those before, some may be missing.
//   pending   {id, room | to, text, at, status: "pending" | "failed", code?}: not acknowledged yet, or refused for good with
//             the server's error code. A `message` or `private` with its id, live or in a `history`, ends it.
//   deleted  {message, room | from, to, id?}: the message with this number is gone for everybody; `id`: it was pending.
//   system, typing, who, rooms, joined, left, renamed, error: as the server says them.
// Texts and names are given out as they came: put them in as text, never as HTML.

import { Keep } from "./chatrelay/keep.js";
import { keyOf } from "./chatrelay/pending.js";
import { Seat } from "./chatrelay/seat.js";

export { TOKEN } from "./chatrelay/seat.js";

/** What a room may be called. */
export const ROOM_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** At most one `typing` for each room in this time (ms): the server passes on no more. */
const TYPING_MS = 2_000;

export class ChatRelay extends EventTarget {
    #seat;
    #typed = new Map();

    /**
     * @param {string} [url] of the WebSocket; without it `/ws` of the page's own host.
     * @param {string} [name] the wanted name, where the server does not know us; without it the server assigns one.
     * @param {string[]} [rooms] to be in, made where they are missing; without any, the server's default room.
     * @param {{get(key), set(key, value), keys(start)}} [keep] where our token and what is pending last; without it, localStorage.
     */
    constructor({
        url = new URL("/ws", location.href).href.replace(/^http/, "ws"), name, rooms = [], keep = new Keep(`chatrelay ${url} `),
    } = {}) {
        super();
        this.#seat = new Seat({ url, name, rooms, keep }, (type, detail) => this.#tell(type, detail));
    }

    /** The server's limits (see `welcome`); until it has said them, its defaults. */
    get limits() { return this.#seat.limits; }
    /** The name that this client has, or asks for. */
    get name() { return this.#seat.name; }
    /** The secret that makes one this user; undefined before the first `welcome`, and where a proxy says who one is. */
    get token() { return this.#seat.token; }
    /** As the last `state` event said it. */
    get state() { return this.#seat.connection.state; }
    /** The rooms to be in; all of them are joined again after a break. */
    get rooms() { return [...this.#seat.rooms]; }
    /** What is not acknowledged, as the `pending` events said it; what was kept from before a reload is here at once. */
    get pending() { return this.#seat.pending.all; }

    /** Connects; where it waits for its next try, at once. */
    connect() { this.#seat.connection.connect(); }
    /** Ends the connection for good (until `connect`). */
    close() { this.#seat.connection.close(); }

    /**
     * Becomes the user whose token this is, from the next client on (reload the page). Ends this one, and gives up what is
     * pending: it was another user's.
     */
    become(token) {
        this.close();
        this.#seat.pending.clear();
        this.#seat.token = token;
    }

    /** Says something, at once or when the room is joined again. @returns {string} the id in `pending` and `message`. */
    send(room, text) { return this.#send({ room }, text); }
    /** The same to one person, whose name is `to`. */
    sendPrivate(to, text) { return this.#send({ to }, text); }

    /** Sends a failed message again, under the same id. */
    retry(id) {
        const message = this.#seat.pending.again(id);
        if (!message) return;
        this.#tell("pending", message);
        this.#seat.outbox.flush(keyOf(message));
    }

    /** Gives a failed message up. */
    discard(id) { this.#seat.pending.forget(id); }

    /** Answered by `joined`, or by `error` with the `room`. */
    join(room, { create = false } = {}) {
        if (!this.#seat.ask({ type: "join", room, ...(create && { create }) })) this.#seat.rooms.add(room);
    }

    /** Answered by `left`. */
    leave(room) {
        if (!this.#seat.ask({ type: "leave", room })) this.#seat.left({ type: "left", room });
    }

    /**
     * Asks for another name: answered by `renamed`, or by `error` with `name-taken` (and a `proposal`), `bad-name` or
     * `name-fixed`. While there is no connection it is asked for with the next one.
     */
    rename(name) {
        if (!this.#seat.ask({ type: "rename", name })) this.#seat.choose(name);
    }

    /** Tells the room that one is typing; may be called at every key. */
    typing(room) {
        const now = performance.now();
        if (!this.#seat.joined.has(room) || now - (this.#typed.get(room) ?? -Infinity) < TYPING_MS) return;
        this.#typed.set(room, now);
        this.#seat.connection.write({ type: "typing", room }, { answered: false });
    }

    /** Asks who is in a room: answered by `who`. */
    who(room) { if (this.#seat.joined.has(room)) this.#seat.ask({ type: "who", room }); }
    /** Asks which rooms there are: answered by `rooms`. */
    list() { this.#seat.ask({ type: "rooms" }); }

    /**
     * Asks for stored messages: of a `room`, of the conversation `with` somebody, or all private ones; the newest, or those
     * `before` a number. Answered by `history`, or by `error` with the `room` or `with`. @returns {boolean} whether asked.
     */
    history(place, { before, limit } = {}) {
        return this.#seat.ask({ type: "history", ...place, before, limit });
    }

    /** Looks for messages with all the words of `text`; `place`, `before`, `limit` as for `history`. Answered by `found`. */
    search(text, { before, limit, ...place } = {}) {
        return this.#seat.ask({ type: "search", text, ...place, before, limit });
    }

    #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

    #send(place, text) {
        const message = this.#seat.pending.add(place, text);
        this.#tell("pending", message);
        this.#seat.outbox.flush(keyOf(message));
        return message.id;
    }
}
