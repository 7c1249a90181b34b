// The events with messages and with their changes: settles this user's own pending ones, and emits each event once.

import { isChange } from "./pending-messages.js";

export class MessageEvents {
    #emit;
    #sendQueue;
    #position;
    #clock;
    #self;

    /** @param {{emit, sendQueue: SendQueue, position: Position, clock: ServerClock, self(): {name: string, user?: number}}} session */
    constructor({ emit, sendQueue, position, clock, self }) {
        this.#emit = emit;
        this.#sendQueue = sendQueue;
        this.#position = position;
        this.#clock = clock;
        this.#self = self;
    }

    /** A message, a private message, or a change of one. */
    received(event) {
        this.#settle(event);
        if (this.#position.markSeen(event.seq)) this.#emit(event.type, this.#withOwn(event));
    }

    pageReceived(page) {
        for (const message of page.messages) {
            this.#settle(message);
            if (page.type === "history") this.#position.markSeen(message.seq);
        }
        this.#emit(page.type, { ...page, messages: page.messages.map((message) => this.#withOwn(message)) });
    }

    /** A repeated message or change had arrived the first time, and its event was missed. Emits that event. */
    acknowledged({ id, seq, deleted }) {
        const pending = this.#sendQueue.settle(id);
        if (!pending) return;
        // The number is that of the message if the change was nothing new.
        if (seq !== pending.message) this.#position.markSeen(seq);
        if (isChange(pending)) return this.#changed(pending);
        const { room, to, name, text, at, re } = pending;
        const author = this.#author();
        const target = room !== undefined ? { room } : typeof to === "number" ? { ...author, to: name, peer: to } : { ...author, to };
        if (deleted) return this.#emit("deleted", { type: "deleted", message: seq, id, ...target });
        const type = room === undefined ? "private" : "message";
        this.#emit(type, { type, seq, id, ...author, ...target, text, at: at + this.#clock.offset, ...re && { re }, own: true });
    }

    #changed({ id, type, message, text, emoji, on, at }) {
        const common = { id, message, ...this.#author(), own: true };
        if (type === "delete") return this.#emit("deleted", { type: "deleted", ...common });
        if (type === "edit") return this.#emit("edited", { type: "edited", ...common, text, at: at + this.#clock.offset });
        this.#emit("reaction", { type: "reaction", ...common, emoji, on });
    }

    /** This user, as events name it. A server without ids of users gives it none. */
    #author() {
        const { name: from, user } = this.#self();
        return { from, ...user !== undefined && { user } };
    }

    /** Another user may have used the same id. A server without ids of users does not say who sent it. */
    #settle({ id, user, text }) {
        this.#sendQueue.settle(id, (pending) => user === undefined ? text === pending.text : user === this.#self().user);
    }

    #withOwn(event) {
        const { name, user } = this.#self();
        return { ...event, own: event.user === undefined ? event.from === name : event.user === user };
    }
}
