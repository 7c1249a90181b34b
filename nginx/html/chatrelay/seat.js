// Our seat in the chat: who we are, which rooms we are in, and what the server says to us. It says hello, comes back to where
// it was, and hands on each message once.

import { Connection } from "./connection.js";
import { Outbox } from "./outbox.js";
import { Pending } from "./pending.js";
import { Position } from "./position.js";
import { Questions } from "./questions.js";
import { Backoff } from "./reconnect.js";

/** What a user's token looks like. */
export const TOKEN = /^[A-Za-z0-9_-]{32}$/;

/** How often a taken name is asked for again, and after how long (ms) first: another tab may be about to keep our token. */
const NAME_TRIES = { ours: 4, new: 1 };
const NAME_RETRY_MS = 250;
/** The close code of one who is banned. */
const BANNED = 4201;

export class Seat {
    #keep;
    #tell;
    #position = new Position();
    #questions = new Questions();
    /** The number of the server's last `restart`, for the hello that answers it. */
    #again;
    /** The name that the last `hello` asked for; one that was chosen without a connection. */
    #asked;
    #chosen;
    #nameIsOurs = false;
    #nameTries = 0;
    #backoff = new Backoff();

    name;
    /** The rooms to be in; of them, those that we are in. */
    rooms;
    joined = new Set();
    limits = { text: 8192, name: 32, rooms: 16, rate: 10, burst: 50 };

    /** @param {(type: string, detail: object) => void} tell gives an event out */
    constructor({ url, name, rooms, keep }, tell) {
        this.#keep = keep;
        this.#tell = tell;
        this.name = name;
        this.pending = new Pending(keep);
        // What waits is said in its room, so we have to be there.
        this.rooms = new Set([...rooms, ...this.pending.all.flatMap((message) => message.room ?? [])]);
        this.connection = new Connection(url, {
            opened: () => this.#opened(),
            received: (event) => { this.#questions.answered(event); this.#received(event); this.#position.passed(event); },
            lost: () => { this.joined.clear(); this.outbox.lost(); this.#questions.clear(); },
            entered: (state) => tell("state", state),
            probe: () => ({ type: "rooms" }),
        });
        this.outbox = new Outbox(this.pending, {
            isOpen: (key) => key.startsWith("@") ? this.isOnline : this.joined.has(key),
            write: (command) => this.connection.write(command),
            failed: (message) => tell("pending", message),
        });
    }

    get isOnline() { return this.connection.isWelcome; }

    /** Asks for something that is answered once; after a crash of the server, again. @returns {boolean} whether asked. */
    ask(command) {
        if (!this.isOnline || !this.connection.write(command)) return false;
        this.#questions.asked(command);
        return true;
    }

    get token() {
        const token = this.#keep.get("token");
        return TOKEN.test(token) ? token : undefined;
    }

    set token(token) { this.#keep.set("token", token); }

    /** A name for the next `hello`, or to change to as soon as it is answered. */
    choose(name) {
        this.name = this.#chosen = name;
        this.#nameIsOurs = false;
    }

    left(message) {
        this.rooms.delete(message.room);
        this.joined.delete(message.room);
        this.#tell("left", message);
    }

    #opened() {
        this.#nameTries = 0;
        this.#again = undefined;
        this.#asked = this.name;
        this.#hello();
    }

    #hello() {
        const rooms = [...this.rooms];
        const { name } = this;
        // Read anew each time: another tab may have got it meanwhile.
        const { token } = this;
        this.connection.write({
            type: "hello", ...(name && { name }), ...(token && { token }),
            ...(rooms.length && { rooms, create: true }), ...this.#position.fields, again: this.#again,
        }, { answered: false });
    }

    /** The server has crashed and come back, and knows nothing of us; the line has not broken, and nobody need notice. */
    #restarted({ again }) {
        this.#again = again;
        this.joined.clear();
        this.outbox.lost();
        this.connection.restarted();
        this.#hello();
    }

    #received(event) {
        switch (event.type) {
            case "welcome": return this.#welcomed(event);
            case "joined": return this.#entered(event);
            case "left": return this.left(event);
            case "message": case "private": return this.#said(event);
            case "history": case "found": return this.#found(event);
            case "ack": return this.#acknowledged(event);
            case "error": return this.#refused(event);
            case "typing": if (event.from === this.name) return; break;
            case "renamed": this.name = event.name; break;
            case "system":
                if (event.event === "restart") return this.#restarted(event);
                if (event.seq !== undefined && !this.#position.isFirst(event.seq)) return;
                break;
            case "deleted": case "who": case "rooms": break;
            default: return; // a later version may say more; what is not known is ignored
        }
        this.#tell(event.type, event);
    }

    #welcomed(welcome) {
        // Whoever has a token was known by it, unless there is another one.
        const asked = welcome.token || !this.token ? this.#asked : undefined;
        if (welcome.token) this.token = welcome.token;
        this.name = welcome.name;
        this.#nameIsOurs = true;
        this.#backoff.reset();
        this.limits = { ...this.limits, ...welcome.limits };
        const anew = this.#position.welcomed(welcome, [...this.rooms]);
        this.#tell("welcome", { ...welcome, asked, anew });
        this.connection.welcomed();
        // What the server had not answered when it crashed.
        for (const question of this.#questions.all) this.connection.write(question);
        if (this.#chosen !== undefined && this.#chosen !== this.name) {
            this.ask({ type: "rename", name: this.#chosen });
        }
        this.#chosen = undefined;
        this.outbox.flushAll();
    }

    #entered(message) {
        this.rooms.add(message.room);
        this.joined.add(message.room);
        this.#tell("joined", message);
        this.outbox.flush(message.room);
    }

    #said(message) {
        this.outbox.arrived(message.id, message.text);
        if (this.#position.isFirst(message.seq)) this.#tell(message.type, this.#marked(message));
    }

    #found(page) {
        for (const { id, text, seq } of page.messages) {
            this.outbox.arrived(id, text);
            if (page.type === "history") this.#position.isFirst(seq);
        }
        this.#tell(page.type, { ...page, messages: page.messages.map((message) => this.#marked(message)) });
    }

    #marked(message) {
        return { ...message, own: message.from === this.name };
    }

    /** What was sent again had arrived the first time: its event went out while we were away. */
    #acknowledged({ id, seq, deleted }) {
        const message = this.outbox.arrived(id);
        if (!message) return;
        this.#position.isFirst(seq);
        if (deleted) {
            const { room, to } = message;
            return this.#tell("deleted", { type: "deleted", message: seq, id, ...room === undefined ? { from: this.name, to } : { room } });
        }
        const { status, code, ...said } = message;
        const type = message.room === undefined ? "private" : "message";
        this.#tell(type, { type, seq, from: this.name, ...said, own: true });
    }

    #refused(error) {
        if (error.id !== undefined) this.outbox.refused(error);
        if (!this.isOnline) {
            // Our token comes with this name: there is no other to take.
            if (error.code === "name-banned" && this.token) return this.connection.close(BANNED, error.message);
            if (error.code === "name-banned") return this.#nameRefused(error);
            if (error.code === "name-taken" || error.code === "bad-name") return this.#nameRefused(error);
            if (error.code === "try-again" || error.code === "rate-limited") return this.#helloAgain(error);
        }
        const passes = error.code === "try-again" || error.code === "rate-limited";
        if (error.room !== undefined && error.id === undefined && !this.joined.has(error.room) && !passes) {
            this.left({ type: "left", room: error.room });
        }
        this.#tell("error", error);
    }

    /** The server can't take us in at this moment. */
    #helloAgain({ retry }) {
        this.connection.after("hello", retry ?? this.#backoff.next(), () => this.#hello());
    }

    /** A refused name is tried again for a while, then what is proposed is taken, or what is assigned. */
    #nameRefused({ code, proposal }) {
        const tries = this.#nameIsOurs ? NAME_TRIES.ours : NAME_TRIES.new;
        if (code === "name-taken" && this.#nameTries < tries) {
            this.connection.after("hello", NAME_RETRY_MS * 2 ** this.#nameTries++, () => this.#hello());
            return;
        }
        this.name = proposal;
        this.#hello();
    }
}
