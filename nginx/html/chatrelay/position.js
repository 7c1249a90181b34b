// The position of a client in the server's event stream: the sequence number to resume from (`since` in PROTOCOL.md), and
// the events that the client has seen, so that each is emitted once.

/** The most sequence numbers remembered. A repeat is at most one history page or one lost connection old. */
const MAX_SEEN = 20_000;

export class Position {
    #ledger;
    /** All events up to this number were processed. Undefined for a new client. */
    #seq;
    #highest = 0;
    #seen = new Set();
    /** The rooms of the last hello that the server has not answered. */
    #unansweredRooms = new Set();
    /** Whether the events after `welcome` that bring the client up to date are still arriving. */
    #isCatchingUp = false;
    /** The number in `welcome`. */
    #welcomeSeq = 0;
    /** Whether the server sends each room's newest messages, instead of all missed ones. */
    #isNewcomer = true;

    /** The fields of `hello` for the position. */
    get fields() {
        return this.#seq === undefined ? {} : { since: this.#seq, ledger: this.#ledger };
    }

    /** The ledger of the last `welcome`. */
    get ledger() { return this.#ledger; }

    /** Whether stored events that arrive are new ones, and not missed ones. */
    get isLive() { return !this.#isCatchingUp; }

    /** @returns {boolean} whether earlier sequence numbers are void: the ledger is another one, or has lost its newest entries */
    welcomed({ ledger, seq, rooms }, requestedRooms) {
        const isAnother = ledger !== this.#ledger || seq < Math.max(this.#seq ?? 0, this.#highest);
        const hadOne = this.#ledger !== undefined;
        if (isAnother) {
            this.#seq = undefined;
            this.#highest = 0;
            this.#seen.clear();
        }
        this.#ledger = ledger;
        this.#unansweredRooms = new Set(requestedRooms.length ? requestedRooms : rooms?.slice(0, 1));
        this.#isCatchingUp = true;
        this.#welcomeSeq = seq;
        this.#highest = this.#seq ?? 0;
        this.#isNewcomer = this.#seq === undefined;
        return isAnother && hadOne;
    }

    /** Call it after the event was processed. */
    processed(event) {
        switch (event.type) {
            case "message": case "private": case "edited": case "deleted": case "reaction": case "topic": return this.#advance(event.seq);
            // It is sent also to a session that is catching up, so it says nothing of the events before it.
            case "read": if (this.isLive) this.#advance(event.seq); return;
            case "system": if (event.seq !== undefined) this.#advance(event.seq); return;
            // The server sends all missed events before the first `joined`.
            case "joined": if (this.#isCatchingUp && !this.#isNewcomer) this.#finishCatchUp(); return;
            case "error": this.#unansweredRooms.delete(event.room); break;
            case "history":
                if (event.before !== undefined || event.with !== undefined || event.user !== undefined) return;
                // The server reports a gap before it answers any room, and before the events that follow the gap.
                if (this.#isCatchingUp && event.gap && !this.#isNewcomer) {
                    this.#isNewcomer = true;
                    this.#highest = 0;
                }
                for (const { seq } of event.messages) this.#highest = Math.max(this.#highest, seq);
                this.#unansweredRooms.delete(event.room);
        }
        if (this.#isCatchingUp && this.#isNewcomer && this.#unansweredRooms.size === 0) this.#finishCatchUp();
    }

    /** Marks an event as seen. @returns {boolean} whether this is the first time */
    markSeen(seq) {
        if (this.#seen.has(seq)) return false;
        this.#seen.add(seq);
        if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.values().next().value);
        return true;
    }

    #advance(seq) {
        this.#highest = Math.max(this.#highest, seq);
        // While a newcomer gets one room after the other, the events are not in order.
        if (!this.#isCatchingUp || !this.#isNewcomer) this.#seq = this.#highest;
    }

    #finishCatchUp() {
        this.#isCatchingUp = false;
        this.#seq = Math.max(this.#highest, this.#welcomeSeq);
    }
}
