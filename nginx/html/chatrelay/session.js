// A session in the chat: the user, the rooms, and the events of the server. Resumes from the last position after a lost
// connection, and emits each message once.

import { Connection } from "./connection.js";
import { Handshake } from "./handshake.js";
import { PendingMessages } from "./pending-messages.js";
import { Position } from "./position.js";
import { SendQueue } from "./send-queue.js";
import { UnansweredCommands } from "./unanswered-commands.js";

export class Session {
    #emit;
    #handshake;
    #position = new Position();
    #unanswered = new UnansweredCommands();

    /** The joined and requested rooms. */
    rooms;
    joined = new Set();
    limits = { text: 8192, name: 32, rooms: 16, rate: 10, burst: 50 };

    /** @param {(type: string, detail: object) => void} emit */
    constructor({ url, name, rooms, storage }, emit) {
        this.#emit = emit;
        this.pending = new PendingMessages(storage);
        // Pending messages can only be sent to joined rooms.
        this.rooms = new Set([...rooms, ...this.pending.all.flatMap((message) => message.room ?? [])]);
        this.connection = new Connection(url, {
            opened: () => this.#handshake.opened(),
            received: (event) => { this.#unanswered.received(event); this.#received(event); this.#position.processed(event); },
            lost: () => { this.joined.clear(); this.sendQueue.connectionLost(); this.#unanswered.clear(); },
            stateChanged: (state) => emit("state", state),
            probe: () => ({ type: "rooms" }),
        });
        this.#handshake = new Handshake({
            name, storage, connection: this.connection,
            fields: () => ({ ...(this.rooms.size && { rooms: [...this.rooms], create: true }), ...this.#position.fields }),
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

    get name() { return this.#handshake.name; }
    get token() { return this.#handshake.token; }
    set token(token) { this.#handshake.token = token; }

    /** Requests the name in the next `hello`, or by `rename` after its `welcome`. */
    renameOnConnect(name) { this.#handshake.renameOnConnect(name); }

    roomLeft(event) {
        this.rooms.delete(event.room);
        this.joined.delete(event.room);
        this.#emit("left", event);
    }

    /** The server crashed, and its successor kept the connection but not the session. The state stays "online". */
    #resync({ again }) {
        this.joined.clear();
        this.sendQueue.connectionLost();
        this.connection.resync();
        this.#handshake.resync(again);
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
            case "renamed": this.#handshake.name = event.name; break;
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
        const asked = this.#handshake.welcomed(welcome);
        this.limits = { ...this.limits, ...welcome.limits };
        const anew = this.#position.welcomed(welcome, [...this.rooms]);
        this.#emit("welcome", { ...welcome, asked, anew });
        this.connection.welcomed();
        for (const command of this.#unanswered.all) this.connection.send(command);
        const name = this.#handshake.takeNameToRequest();
        if (name !== undefined) this.request({ type: "rename", name });
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
        if (!this.isOnline && this.#handshake.refused(error)) return;
        const isTemporary = error.code === "try-again" || error.code === "rate-limited";
        if (error.room !== undefined && error.id === undefined && !this.joined.has(error.room) && !isTemporary) {
            this.roomLeft({ type: "left", room: error.room });
        }
        this.#emit("error", error);
    }
}
