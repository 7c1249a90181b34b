// How far one has read, kept over a reload: of each room and conversation the number of the last message that was seen. All
// tabs of the browser share it.

/** At most so many rooms and conversations are remembered, the last ones read. */
const REMEMBERED = 500;

export class Read {
    #store;
    #marks;

    constructor(store) {
        this.#store = store;
        this.reload();
    }

    /** Another tab may have read on. */
    reload() {
        this.#marks = this.#store.read;
    }

    /** What was said before the first visit counts as read; after that, all that came while one was away does not. */
    welcomed({ ledger, seq }) {
        if (this.#marks.ledger === ledger) return;
        this.#marks = { ledger, base: this.#marks.ledger === undefined ? seq : 0, places: {} };
        this.#store.read = this.#marks;
    }

    last(key) {
        return this.#marks.places[key] ?? this.#marks.base;
    }

    mark(key, seq) {
        this.reload();
        if (seq <= this.last(key)) return;
        const { [key]: before, ...others } = this.#marks.places;
        const kept = Object.entries(others).slice(-REMEMBERED + 1);
        this.#store.read = this.#marks = { ...this.#marks, places: { ...Object.fromEntries(kept), [key]: seq } };
    }
}
