// The events with messages: settles this user's own pending ones, and emits each message once.

export class MessageEvents {
    #emit;
    #sendQueue;
    #position;
    #clock;
    #ownName;

    /** @param {{emit, sendQueue: SendQueue, position: Position, clock: ServerClock, ownName(): string}} session */
    constructor({ emit, sendQueue, position, clock, ownName }) {
        this.#emit = emit;
        this.#sendQueue = sendQueue;
        this.#position = position;
        this.#clock = clock;
        this.#ownName = ownName;
    }

    received(message) {
        this.#sendQueue.settle(message.id, message.text);
        if (this.#position.markSeen(message.seq)) this.#emit(message.type, this.#withOwn(message));
    }

    pageReceived(page) {
        for (const { id, text, seq } of page.messages) {
            this.#sendQueue.settle(id, text);
            if (page.type === "history") this.#position.markSeen(seq);
        }
        this.#emit(page.type, { ...page, messages: page.messages.map((message) => this.#withOwn(message)) });
    }

    /** A repeated message had arrived the first time, and its event was missed. Emits that event. */
    acknowledged({ id, seq, deleted }) {
        const message = this.#sendQueue.settle(id);
        if (!message) return;
        this.#position.markSeen(seq);
        const { room, to, text, at } = message;
        const from = this.#ownName();
        if (deleted) return this.#emit("deleted", { type: "deleted", message: seq, id, ...room === undefined ? { from, to } : { room } });
        const target = room === undefined ? { type: "private", to } : { type: "message", room };
        this.#emit(target.type, { ...target, seq, id, from, text, at: at + this.#clock.offset, own: true });
    }

    #withOwn(message) {
        return { ...message, own: message.from === this.#ownName() };
    }
}
