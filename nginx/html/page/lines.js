// The lines of a log in their order: messages by their number, what happened between them, the days, and the gaps where
// something was said that is not here. It knows nothing of scrolling.

import { Coverage } from "./coverage.js";
import { h } from "./dom.js";
import { dayLine, dayOf, gapLine, messageLine, removedLine, showFollowing, systemLine } from "./entries.js";

/** The most lines that a room keeps in the page: hours of talk, and a phone still scrolls it with ease. */
const LINES = 1_000;
/** Messages of one person within this time (ms) stand under one name. */
const FOLLOWS_MS = 5 * 60_000;

export class Lines {
    element = h("ol", { className: "lines" });
    #coverage = new Coverage();
    /** {element, at, seq?, from?, day?}, as they stand. */
    #lines = [];
    #bySeq = new Map();
    #gaps = [];
    #highest = 0;
    #write;

    /** @param {(name: string) => void} write the name of an author was pressed */
    constructor(write) {
        this.#write = write;
    }

    get isEmpty() { return this.#lines.length === 0; }
    /** The number from which on something is here: 0 is the beginning; undefined: nothing was loaded. */
    get start() { return this.#coverage.start; }
    get highest() { return this.#highest; }
    /** {element, from, to} of each gap. */
    get gaps() { return this.#gaps; }

    find(seq) { return this.#bySeq.get(seq)?.element; }

    /** A message that was just said, or missed: nothing is missing between it and what came before it. */
    message(message) {
        if (this.#bySeq.has(message.seq)) return;
        if (this.start === undefined) this.#coverage.add(message.seq, Infinity);
        const isLast = this.#insert(message) === this.#lines.length - 1;
        if (isLast) this.#dress(this.#lines.length - 1);
        else this.#refresh();
    }

    /**
     * A page of stored messages, which are all that there are from the first of them (or `start`) up to `before`.
     * @returns {boolean} whether there is more here than before
     */
    page({ messages, before, more, gap, start = messages[0]?.seq }) {
        if (gap) this.#coverage.cut(this.#highest + 1, Infinity);
        const unknown = messages.filter(({ seq }) => !this.#bySeq.has(seq));
        for (const message of unknown) this.#insert(message);
        this.#coverage.add(more ? start ?? before ?? this.#highest + 1 : 0, before ?? Infinity);
        this.#refresh();
        return unknown.length > 0;
    }

    system(event, me) {
        const element = systemLine(event, me);
        if (!element) return;
        this.#lines.push({ element, at: event.at });
        this.element.append(element);
        this.#dress(this.#lines.length - 1);
    }

    /** A message is deleted: a quiet line stands in its place. */
    remove(seq) {
        const line = this.#bySeq.get(seq);
        if (!line || line.from === undefined) return;
        const element = removedLine(line.at);
        line.element.replaceWith(element);
        line.element = element;
        delete line.from;
        this.#refresh();
    }

    /** The numbers begin anew: what is here stays, without one. */
    forgetNumbers() {
        for (const line of this.#bySeq.values()) delete line.seq;
        this.#bySeq.clear();
        this.#coverage = new Coverage();
        this.#highest = 0;
        this.#refresh();
    }

    /** Keeps the number of lines bounded, at the cost of the oldest ones, or of the newest where `fromEnd`. */
    trim(fromEnd) {
        const excess = this.#lines.length - LINES;
        if (excess <= 0) return;
        for (const line of this.#lines.splice(fromEnd ? LINES : 0, excess)) {
            line.element.remove();
            line.day?.remove();
            this.#bySeq.delete(line.seq);
        }
        const seqs = this.#lines.filter((line) => line.seq !== undefined);
        if (fromEnd) this.#coverage.cut((seqs.at(-1)?.seq ?? 0) + 1, this.#highest + 1);
        else this.#coverage.cut(0, seqs[0]?.seq ?? this.#highest + 1);
        this.#refresh();
    }

    /** @returns {number} the place where it now stands. */
    #insert(message) {
        const { seq, at, from } = message;
        const line = { element: messageLine(message, this.#write), seq, at, from };
        let place = this.#lines.length;
        const isBefore = (other) => other.seq === undefined ? other.at <= at : other.seq < seq;
        while (place > 0 && !isBefore(this.#lines[place - 1])) place -= 1;
        const next = this.#lines[place];
        this.element.insertBefore(line.element, next ? next.day ?? next.element : null);
        this.#lines.splice(place, 0, line);
        this.#bySeq.set(seq, line);
        this.#highest = Math.max(this.#highest, seq);
        return place;
    }

    /** Puts the gaps where they are, and dresses all lines. */
    #refresh() {
        const before = this.#gaps;
        this.#gaps = this.#coverage.gaps.map((gap, i) => ({ ...gap, element: before[i]?.element ?? gapLine() }));
        for (const { element } of before.slice(this.#gaps.length)) element.remove();
        for (let index = 0; index < this.#lines.length; index++) this.#dress(index);
        for (const { element, to } of this.#gaps) {
            const next = this.#lines.find((line) => line.seq >= to);
            const place = next ? next.day ?? next.element : null;
            if (element.nextSibling !== place || !element.isConnected) this.element.insertBefore(element, place);
        }
    }

    /** The day above a line, where one begins; and whether it goes on with what the line above says. */
    #dress(index) {
        const line = this.#lines[index];
        const last = this.#lines[index - 1];
        const isNewDay = !last || dayOf(last.at) !== dayOf(line.at);
        if (isNewDay && !line.day) this.element.insertBefore(line.day = dayLine(line.at), line.element);
        if (!isNewDay && line.day) {
            line.day.remove();
            delete line.day;
        }
        if (line.from === undefined) return;
        const isApart = this.#gaps.some(({ from, to }) => from > (last?.seq ?? -1) && to <= line.seq);
        showFollowing(line.element, !isNewDay && !isApart && last.from === line.from && line.at - last.at < FOLLOWS_MS);
    }
}
