// The read marker of each channel: the sequence number of the last message that the user has seen. All tabs of the browser
// share the markers, and they survive a reload.

/** The most channels with a marker; the last read ones keep theirs. */
const MAX_CHANNELS = 500;

export class ReadMarkers {
    #localState;
    #markers;

    constructor(localState) {
        this.#localState = localState;
        this.reload();
    }

    /** Another tab may have changed the markers. */
    reload() {
        this.#markers = this.#localState.readMarkers;
    }

    /** Messages of before the first visit count as read. Later ones, sent while the user is away, do not. */
    welcomed({ ledger, seq }) {
        const { base, places } = this.#markers;
        // Markers above `seq`: the ledger has lost its newest messages, and gives their numbers to others.
        if (this.#markers.ledger === ledger && Math.max(base, ...Object.values(places)) <= seq) return;
        this.#markers = { ledger, base: this.#markers.ledger === undefined ? seq : 0, places: {} };
        this.#localState.readMarkers = this.#markers;
    }

    has(key) { return key in this.#markers.places; }

    last(key) {
        return this.#markers.places[key] ?? this.#markers.base;
    }

    mark(key, seq) {
        this.reload();
        if (seq <= this.last(key)) return;
        const { [key]: _, ...others } = this.#markers.places;
        const kept = Object.entries(others).slice(-MAX_CHANNELS + 1);
        this.#localState.readMarkers = this.#markers = { ...this.#markers, places: { ...Object.fromEntries(kept), [key]: seq } };
    }
}
