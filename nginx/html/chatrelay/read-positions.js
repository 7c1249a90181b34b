// How far this user has read, in each room and private conversation: what the server knows, and what it does not know yet.

/** The time between two `read` commands for one place, in ms: longer than the server takes to confirm one. */
const INTERVAL_MS = 2_000;
/** The time until an unconfirmed position is sent again, in ms. */
const RESEND_MS = 10_000;

const keyOf = ({ room, user, with: name }) => room ?? `@${user ?? name}`;

export class ReadPositions {
    #handlers;
    /** The server's position of each place. */
    #known = new Map();
    /** {target, seq} of each place: the own position, which the server may not know. */
    #wanted = new Map();
    /** What was sent last for each place. */
    #sent = new Map();
    #timers = new Map();

    /** @param {{canSend(target: object): boolean, send(command: object)}} handlers */
    constructor(handlers) {
        this.#handlers = handlers;
    }

    /** The server's position. @param {{room: string} | {user: number}} target */
    known(target) { return this.#known.get(keyOf(target)); }

    /** A `read` or `reads` event. */
    received({ positions, ...position }) {
        for (const each of positions ?? [position]) {
            this.#known.set(keyOf(each), Math.max(each.upto, this.#known.get(keyOf(each)) ?? 0));
        }
    }

    /** The user has read everything up to `seq`. */
    read(target, seq) {
        const key = keyOf(target);
        if (seq <= (this.#wanted.get(key)?.seq ?? 0)) return;
        this.#wanted.set(key, { target, seq });
        this.#flush(key);
    }

    /** More can be sent than before. */
    flushAll() { for (const key of this.#wanted.keys()) this.#flush(key); }

    connectionLost() {
        for (const timer of this.#timers.values()) clearTimeout(timer);
        this.#timers.clear();
        this.#sent.clear();
    }

    /** Sequence numbers are void. */
    clear() {
        this.connectionLost();
        this.#known.clear();
        this.#wanted.clear();
    }

    #flush(key) {
        const { target, seq } = this.#wanted.get(key) ?? {};
        if (this.#timers.has(key) || !(seq > (this.#known.get(key) ?? 0)) || !this.#handlers.canSend(target)) return;
        const isRepeat = this.#sent.get(key) === seq;
        this.#sent.set(key, seq);
        this.#timers.set(key, setTimeout(() => { this.#timers.delete(key); this.#flush(key); }, isRepeat ? RESEND_MS : INTERVAL_MS));
        this.#handlers.send({ type: "read", ...target, seq });
    }
}
