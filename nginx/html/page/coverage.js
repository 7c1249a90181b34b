// Which stretches of a conversation are here without a hole, as half-open ranges of sequence numbers: [from, to). What is not
// covered between two of them is a gap. The last one reaches to Infinity while it hears what is said.

export class Coverage {
    #spans = [];

    /** The number from which on something is here: 0 is the beginning of the conversation; undefined: nothing is here. */
    get start() { return this.#spans[0]?.from; }

    /** The gaps between the spans, oldest first: what is in [from, to) is not here. */
    get gaps() {
        return this.#spans.slice(1).map(({ from }, i) => ({ from: this.#spans[i].to, to: from }));
    }

    add(from, to) {
        const apart = this.#spans.filter((span) => span.to < from || span.from > to);
        const touched = this.#spans.filter((span) => !apart.includes(span));
        const span = {
            from: Math.min(from, ...touched.map((other) => other.from)),
            to: Math.max(to, ...touched.map((other) => other.to)),
        };
        this.#spans = [...apart, span].sort((a, b) => a.from - b.from);
    }

    cut(from, to) {
        this.#spans = this.#spans.flatMap((span) => [
            { from: span.from, to: Math.min(span.to, from) }, { from: Math.max(span.from, to), to: span.to },
        ]).filter((span) => span.from < span.to);
    }
}
