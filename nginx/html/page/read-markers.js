// The read marker of each channel: the sequence number of the last message that the user has seen. The server has them for all
// devices; the browser keeps its own for what it reads offline, and until the server has answered. The greater one holds.

/** The most channels with a marker; the last read ones keep theirs. */
const MAX_CHANNELS = 500;

export class ReadMarkers {
    #localState;
    #markers;
    /** The markers at the last `welcome`. */
    #earlier;
    #server;

    /** @param {{readUpTo(target: object): number | undefined, read(target: object, seq: number)}} server the client library */
    constructor(localState, server) {
        this.#localState = localState;
        this.#server = server;
        this.reload();
    }

    /** Another tab may have changed the markers. */
    reload() {
        this.#markers = this.#localState.readMarkers;
    }

    /** Rooms: messages of before the first visit count as read. Later ones, sent while the user is away, do not. */
    welcomed({ ledger, seq }) {
        const { base, places } = this.#earlier = this.#markers;
        // Markers above `seq`: the ledger has lost its newest messages, and gives their numbers to others.
        if (this.#markers.ledger === ledger && Math.max(base, ...Object.values(places)) <= seq) return;
        this.#markers = { ledger, base: this.#markers.ledger === undefined ? seq : 0, places: {} };
        this.#localState.readMarkers = this.#earlier = this.#markers;
    }

    /** The server's position. */
    known({ target }) { return this.#server.readUpTo(target) ?? 0; }

    /** What this browser knew before the user turned to the channel. */
    lastAtWelcome({ key }) { return this.#earlier?.places[key] ?? 0; }

    has(key) { return key in this.#markers.places; }

    /** @param {{key: string, isPrivate: boolean, target: object}} channel */
    last({ key, isPrivate, target }) {
        const own = this.#markers.places[key];
        const known = this.#server.readUpTo(target);
        if (own === undefined && known === undefined) return isPrivate ? 0 : this.#markers.base;
        return Math.max(own ?? 0, known ?? 0);
    }

    mark(channel, seq) {
        this.reload();
        const last = this.last(channel);
        if (seq > last || !this.has(channel.key) && last > 0) this.#store(channel.key, Math.max(seq, last));
        this.tell(channel);
    }

    /** Tells the server what this browser knows, once it is known that it is the same ledger. */
    tell({ key, isOpen, isPrivate, user, target }) {
        if (this.#earlier && this.has(key) && isOpen && (!isPrivate || user !== undefined)) this.#server.read(target, this.#markers.places[key]);
    }

    /** A conversation takes over the marker of its former key. */
    move(key, channel) { if (this.has(key)) this.mark(channel, this.#markers.places[key]); }

    #store(key, seq) {
        const { [key]: _, ...others } = this.#markers.places;
        const kept = Object.entries(others).slice(-MAX_CHANNELS + 1);
        this.#localState.readMarkers = this.#markers = { ...this.#markers, places: { ...Object.fromEntries(kept), [key]: seq } };
    }
}
