// Loads what is not here: what was said before, and what is missing in a gap, when one is about to see it.

import { isNear } from "./scroll.js";

/** It is loaded before one reaches it: about half a phone's screen away (px). */
const AHEAD_PX = 400;
/** Messages in a page; a few screens, and far below the server's bound. */
const PAGE = 50;

export class Past {
    /** Whether one scrolls down: a gap is filled from where one comes. */
    down = false;
    #list;
    #older;
    #lines;
    #load;
    #newestCome;
    #changed;
    #edges;
    #isLoading = false;
    #filled;
    /** How far the next page reaches beyond the upper end of a gap: numbers have gaps of their own. */
    #step = PAGE;

    /**
     * @param {{list: Element, older: Element, lines: Lines, load(page: {before?: number, limit: number}): boolean,
     *   newestCome: boolean, changed()}} of `older` stands where what was said before is put in; `newestCome`: the newest
     *   messages come by themselves; `changed`: it is loading, or not any more
     */
    constructor({ list, older, lines, load, newestCome, changed }) {
        this.#list = list;
        this.#older = older;
        this.#lines = lines;
        this.#load = load;
        this.#newestCome = newestCome;
        this.#changed = changed;
        this.#edges = new IntersectionObserver((seen) => { if (seen.some((edge) => edge.isIntersecting)) this.more(); },
            { root: list, rootMargin: `${AHEAD_PX}px 0px` });
        older.addEventListener("click", () => this.ask(lines.start));
        list.addEventListener("click", ({ target }) => { if (target.closest(".gap button")) this.#fill(target.closest(".gap")); });
    }

    get isLoading() { return this.#isLoading; }
    /** The gap that is filled from below. */
    get filled() { return this.#filled; }

    /** Loads what one is about to see. */
    more() {
        if (this.#isLoading) return;
        // What is on its way is not asked for.
        if (this.#lines.start === undefined && this.#newestCome) return;
        const gap = this.#lines.gaps.find(({ element }) => isNear(this.#list, element, AHEAD_PX));
        if (gap) this.#fill(gap.element);
        else if (this.#lines.start !== 0 && isNear(this.#list, this.#older, AHEAD_PX)) this.ask(this.#lines.start);
    }

    /** @returns {boolean} whether it was asked for: one page at a time, and only with a connection */
    ask(before) {
        if (this.#isLoading) return false;
        this.#isLoading = this.#load({ before, limit: PAGE });
        this.#changed();
        return this.#isLoading;
    }

    /** A page came. @param {boolean} isLonger whether it brought anything */
    came(isLonger) {
        this.#step = isLonger ? PAGE : this.#step * 4;
        this.#isLoading = false;
    }

    /** Nothing that was asked for comes any more, or it is all in its place. */
    end() {
        this.#isLoading = false;
        this.#filled = undefined;
        this.#changed();
    }

    /** The ends of what is here are watched: an observer tells only what changes, so it begins again. */
    watch() {
        this.#edges.disconnect();
        for (const edge of [this.#older, ...this.#lines.gaps.map(({ element }) => element)]) this.#edges.observe(edge);
    }

    #fill(element) {
        if (this.#isLoading) return;
        const { from, to } = this.#lines.gaps.find((gap) => gap.element === element);
        this.#filled = this.down ? undefined : element;
        this.ask(this.down ? Math.min(from + this.#step, to) : to);
    }
}
