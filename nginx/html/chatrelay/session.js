// A session in the chat: the user's name and token, the rooms, and the events of the server. Sends hello, resumes from the
// last position after a lost connection, and emits each message once.

import { Connection } from "./connection.js";
import { PendingMessages } from "./pending-messages.js";
import { Position } from "./position.js";
import { Backoff } from "./reconnect.js";
import { SendQueue } from "./send-queue.js";
import { UnansweredCommands } from "./unanswered-commands.js";

/** The syntax of a user's token. */
export const TOKEN = /^[A-Za-z0-9_-]{32}$/;

/** How often a taken name is requested again: another tab may be about to store this user's token. */
const NAME_RETRIES = { known: 4, new: 1 };
/** The delay before the first of these requests, in ms. It doubles each time. */
const NAME_RETRY_MS = 250;
/** The close code for a banned user. */
const BANNED = 4201;

export class Session {
    #storage;
    #emit;
    #position = new Position();
    #unanswered = new UnansweredCommands();
    /** The number of the server's last `restart` event, which the next hello repeats. */
    #resyncNumber;
    /** The name in the last `hello`. */
    #requestedName;
    /** A name that the user chose while offline. */
    #nameToRequest;
    /** Whether the server has confirmed the name. */
    #isNameKnown = false;
    #nameRetries = 0;
    #backoff = new Backoff();

    name;
    /** The joined and requested rooms. */
    rooms;
    joined = new Set();
    limits = { text: 8192, name: 32, rooms: 16, rate: 10, burst: 50 };

    /** @param {(type: string, detail: object) => void} emit */
    constructor({ url, name, rooms, storage }, emit) {
        this.#storage = storage;
        this.#emit = emit;
        this.name = name;
        this.pending = new PendingMessages(storage);
        // Pending messages can only be sent to joined rooms.
        this.rooms = new Set([...rooms, ...this.pending.all.flatMap((message) => message.room ?? [])]);
        this.connection = new Connection(url, {
            opened: () => this.#opened(),
            received: (event) => { this.#unanswered.received(event); this.#received(event); this.#position.processed(event); },
            lost: () => { this.joined.clear(); this.sendQueue.connectionLost(); this.#unanswered.clear(); },
            stateChanged: (state) => emit("state", state),
            probe: () => ({ type: "rooms" }),
        });
        this.sendQueue = new SendQueue(this.pending, {
            canSend: (key) => key.startsWith("@") ? this.isOnline : this.joined.has(key),
            send: (command) => this.connection.send(command),
            failed: (message) => emit("pending", message),
        });
    }

    get isOnline() { return this.connection.isWelcome; }

    /** Sends a command that has an answer; again after a crash of the server. @returns {boolean} false if not online */
    request(command) {
        if (!this.isOnline || !this.connection.send(command)) return false;
        this.#unanswered.add(command);
        return true;
    }

    get token() {
        const token = this.#storage.get("token");
        return TOKEN.test(token) ? token : undefined;
    }

    set token(token) { this.#storage.set("token", token); }

    /** Requests the name in the next `hello`, or by `rename` after its `welcome`. */
    renameOnConnect(name) {
        this.name = this.#nameToRequest = name;
        this.#isNameKnown = false;
    }

    roomLeft(event) {
        this.rooms.delete(event.room);
        this.joined.delete(event.room);
        this.#emit("left", event);
    }

    #opened() {
        this.#nameRetries = 0;
        this.#resyncNumber = undefined;
        this.#requestedName = this.name;
        this.#sendHello();
    }

    #sendHello() {
        const rooms = [...this.rooms];
        // The token is read from storage each time, because another tab may have stored it.
        const { name, token } = this;
        this.connection.send({
            type: "hello", ...(name && { name }), ...(token && { token }),
            ...(rooms.length && { rooms, create: true }), ...this.#position.fields, again: this.#resyncNumber,
        }, { expectsAnswer: false });
    }

    /** The server crashed, and its successor kept the connection but not the session. The state stays "online". */
    #resync({ again }) {
        this.#resyncNumber = again;
        this.joined.clear();
        this.sendQueue.connectionLost();
        this.connection.resync();
        this.#sendHello();
    }

    #received(event) {
        switch (event.type) {
            case "welcome": return this.#welcomed(event);
            case "joined": return this.#roomJoined(event);
            case "left": return this.roomLeft(event);
            case "message": case "private": return this.#messageReceived(event);
            case "history": case "found": return this.#pageReceived(event);
            case "ack": return this.#acknowledged(event);
            case "error": return this.#errorReceived(event);
            case "typing": if (event.from === this.name) return; break;
            case "renamed": this.name = event.name; break;
            case "system":
                if (event.event === "restart") return this.#resync(event);
                if (event.seq !== undefined && !this.#position.markSeen(event.seq)) return;
                break;
            case "deleted": case "who": case "rooms": break;
            default: return; // an event of a later version
        }
        this.#emit(event.type, event);
    }

    #welcomed(welcome) {
        // A user with a token got no new token: the server knew the user, and ignored the requested name.
        const asked = welcome.token || !this.token ? this.#requestedName : undefined;
        if (welcome.token) this.token = welcome.token;
        this.name = welcome.name;
        this.#isNameKnown = true;
        this.#backoff.reset();
        this.limits = { ...this.limits, ...welcome.limits };
        const anew = this.#position.welcomed(welcome, [...this.rooms]);
        this.#emit("welcome", { ...welcome, asked, anew });
        this.connection.welcomed();
        for (const command of this.#unanswered.all) this.connection.send(command);
        if (this.#nameToRequest !== undefined && this.#nameToRequest !== this.name) {
            this.request({ type: "rename", name: this.#nameToRequest });
        }
        this.#nameToRequest = undefined;
        this.sendQueue.flushAll();
    }

    #roomJoined(event) {
        this.rooms.add(event.room);
        this.joined.add(event.room);
        this.#emit("joined", event);
        this.sendQueue.flush(event.room);
    }

    #messageReceived(message) {
        this.sendQueue.settle(message.id, message.text);
        if (this.#position.markSeen(message.seq)) this.#emit(message.type, this.#withOwn(message));
    }

    #pageReceived(page) {
        for (const { id, text, seq } of page.messages) {
            this.sendQueue.settle(id, text);
            if (page.type === "history") this.#position.markSeen(seq);
        }
        this.#emit(page.type, { ...page, messages: page.messages.map((message) => this.#withOwn(message)) });
    }

    #withOwn(message) {
        return { ...message, own: message.from === this.name };
    }

    /** A repeated message had arrived the first time, and its event was missed. Emits that event. */
    #acknowledged({ id, seq, deleted }) {
        const message = this.sendQueue.settle(id);
        if (!message) return;
        this.#position.markSeen(seq);
        if (deleted) {
            const { room, to } = message;
            return this.#emit("deleted", { type: "deleted", message: seq, id, ...room === undefined ? { from: this.name, to } : { room } });
        }
        const { status, code, ...fields } = message;
        const type = message.room === undefined ? "private" : "message";
        this.#emit(type, { type, seq, from: this.name, ...fields, own: true });
    }

    #errorReceived(error) {
        if (error.id !== undefined) this.sendQueue.refused(error);
        const isTemporary = error.code === "try-again" || error.code === "rate-limited";
        if (!this.isOnline) {
            // The token is bound to the banned name, so no other name is possible.
            if (error.code === "name-banned" && this.token) return this.connection.close(BANNED, error.message);
            if (["name-banned", "name-taken", "bad-name"].includes(error.code)) return this.#nameRefused(error);
            if (isTemporary) return this.#retryHello(error);
        }
        if (error.room !== undefined && error.id === undefined && !this.joined.has(error.room) && !isTemporary) {
            this.roomLeft({ type: "left", room: error.room });
        }
        this.#emit("error", error);
    }

    #retryHello({ retry }) {
        this.connection.setTimer("hello", retry ?? this.#backoff.next(), () => this.#sendHello());
    }

    /** Retries a taken name a few times. Then requests the proposal, or without one, no name. */
    #nameRefused({ code, proposal }) {
        const retries = this.#isNameKnown ? NAME_RETRIES.known : NAME_RETRIES.new;
        if (code === "name-taken" && this.#nameRetries < retries) {
            this.connection.setTimer("hello", NAME_RETRY_MS * 2 ** this.#nameRetries++, () => this.#sendHello());
            return;
        }
        this.name = proposal;
        this.#sendHello();
    }
}
