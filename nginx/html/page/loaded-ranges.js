// The ranges of a channel that are loaded completely, as half-open ranges of sequence numbers: [from, to). What lies between two
// ranges is a gap. The last range ends at Infinity while live messages arrive.

export class LoadedRanges {
    #ranges = [];

    /** The first loaded number: 0 is the start of the channel, undefined means that nothing is loaded. */
    get start() { return this.#ranges[0]?.from; }

    /** The gaps [from, to) between the ranges, oldest first. */
    get gaps() {
        return this.#ranges.slice(1).map(({ from }, i) => ({ from: this.#ranges[i].to, to: from }));
    }

    /** The first numbers from `from` on that are not loaded: [from, to). */
    missing(from) {
        const range = this.#ranges.find((each) => each.from <= from && from < each.to);
        const start = range ? range.to : from;
        return { from: start, to: this.#ranges.find((each) => each.from > start)?.from ?? Infinity };
    }

    add(from, to) {
        const separate = this.#ranges.filter((range) => range.to < from || range.from > to);
        const touched = this.#ranges.filter((range) => !separate.includes(range));
        const merged = {
            from: Math.min(from, ...touched.map((range) => range.from)),
            to: Math.max(to, ...touched.map((range) => range.to)),
        };
        this.#ranges = [...separate, merged].sort((a, b) => a.from - b.from);
    }

    remove(from, to) {
        this.#ranges = this.#ranges.flatMap((range) => [
            { from: range.from, to: Math.min(range.to, from) }, { from: Math.max(range.from, to), to: range.to },
        ]).filter((range) => range.from < range.to);
    }
}
