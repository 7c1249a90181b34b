// What a client has had of the server's events: the number to come back with (PROTOCOL.md, "Coming back"), and which messages
// it has had, so that each is given out once however it comes.

/** Numbers of messages that are remembered; a repeat comes at most a page of history, or one break of the line, later. */
const REMEMBERED = 20_000;

export class Position {
    #ledger;
    /** Everything up to here was processed; undefined for a newcomer, who has no position yet. */
    #seq;
    #highest = 0;
    #had = new Set();
    /** The rooms of the last hello that have not answered; `welcome`'s number; whether newest messages come instead of all. */
    #waits = new Set();
    #arriving = false;
    #goal = 0;
    #isNew = true;

    /** What `hello` says of it. */
    get fields() {
        return this.#seq === undefined ? {} : { since: this.#seq, ledger: this.#ledger };
    }

    /** After `welcome`. @returns {boolean} whether the server's numbers began anew: nothing before has one of its numbers. */
    welcomed({ ledger, seq, rooms }, asked) {
        const isAnother = ledger !== this.#ledger;
        const hadOne = this.#ledger !== undefined;
        if (isAnother) {
            this.#seq = undefined;
            this.#had.clear();
        }
        this.#ledger = ledger;
        this.#waits = new Set(asked.length ? asked : rooms?.slice(0, 1));
        this.#arriving = true;
        this.#goal = seq;
        this.#highest = this.#seq ?? 0;
        this.#isNew = this.#seq === undefined;
        return isAnother && hadOne;
    }

    /** An event was processed. */
    passed(event) {
        switch (event.type) {
            case "message": case "private": case "deleted": return this.#reached(event.seq);
            case "system": if (event.seq !== undefined) this.#reached(event.seq); return;
            // Whoever is back has everything that it missed before its first room answers.
            case "joined": if (this.#arriving && !this.#isNew) this.#arrived(); return;
            case "error": this.#waits.delete(event.room); break;
            case "history":
                if (event.before !== undefined || event.with !== undefined) return;
                // Said before any room answers, and before anything that comes after the gap.
                if (this.#arriving && event.gap) this.#isNew = true;
                for (const { seq } of event.messages) this.#highest = Math.max(this.#highest, seq);
                this.#waits.delete(event.room);
        }
        if (this.#arriving && this.#isNew && this.#waits.size === 0) this.#arrived();
    }

    /** @returns {boolean} whether the message with this number is given out for the first time. */
    isFirst(seq) {
        if (this.#had.has(seq)) return false;
        this.#had.add(seq);
        if (this.#had.size > REMEMBERED) this.#had.delete(this.#had.values().next().value);
        return true;
    }

    #reached(seq) {
        this.#highest = Math.max(this.#highest, seq);
        // In order, all of it, unless rooms show their newest messages one after the other.
        if (!this.#arriving || !this.#isNew) this.#seq = this.#highest;
    }

    #arrived() {
        this.#arriving = false;
        this.#seq = Math.max(this.#highest, this.#goal);
    }
}
