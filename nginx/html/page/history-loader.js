// Loads earlier messages, and the messages of a gap, when the user is about to see them.

import { isNear } from "./scroll.js";

/** Loading starts this far before the visible part: half the height of a phone (px). */
const MARGIN_PX = 400;
/** Messages in a page: a few screens, and far below the server's limit. */
const PAGE_SIZE = 50;

export class HistoryLoader {
    /** Whether the user scrolls down. A gap fills from the end that the user comes from. */
    isScrollingDown = false;
    #list;
    #loadEarlier;
    #rows;
    #load;
    #expectsNewest;
    #loadingChanged;
    #observer;
    #isLoading = false;
    #gapFilledFromBelow;
    /** How far, in sequence numbers, the next page reaches into a gap from above. Not every number is a message. */
    #step = PAGE_SIZE;

    /**
     * @param {Element} list the scrolling element
     * @param {Element} loadEarlier the button above the first row
     * @param {Rows} rows
     * @param {(page: {before?: number, limit: number}) => boolean} load sends a request; false without a connection
     * @param {boolean} expectsNewest whether the server sends the newest messages without a request
     * @param {() => void} loadingChanged
     */
    constructor({ list, loadEarlier, rows, load, expectsNewest, loadingChanged }) {
        this.#list = list;
        this.#loadEarlier = loadEarlier;
        this.#rows = rows;
        this.#load = load;
        this.#expectsNewest = expectsNewest;
        this.#loadingChanged = loadingChanged;
        this.#observer = new IntersectionObserver(
            (entries) => { if (entries.some((entry) => entry.isIntersecting)) this.loadVisible(); },
            { root: list, rootMargin: `${MARGIN_PX}px 0px` });
        loadEarlier.addEventListener("click", () => this.loadBefore(rows.start));
        list.addEventListener("click", ({ target }) => { if (target.closest(".gap button")) this.#fillGap(target.closest(".gap")); });
    }

    get isLoading() { return this.#isLoading; }
    /** The gap that the requested page fills from its lower end, if any. */
    get gapFilledFromBelow() { return this.#gapFilledFromBelow; }

    /** Loads messages that the user is about to see. */
    loadVisible() {
        if (this.#isLoading) return;
        if (this.#rows.start === undefined && this.#expectsNewest) return;
        const gap = this.#rows.gaps.find(({ element }) => isNear(this.#list, element, MARGIN_PX));
        if (gap) this.#fillGap(gap.element);
        else if (this.#rows.start !== 0 && isNear(this.#list, this.#loadEarlier, MARGIN_PX)) this.loadBefore(this.#rows.start);
    }

    /** Requests the page below a sequence number. @returns {boolean} false while a page is loading, or without a connection */
    loadBefore(seq) {
        if (this.#isLoading) return false;
        this.#isLoading = this.#load({ before: seq, limit: PAGE_SIZE });
        this.#loadingChanged();
        return this.#isLoading;
    }

    /** A page has arrived. @param {boolean} hadNew whether it contained messages that were not loaded */
    pageArrived(hadNew) {
        this.#step = hadNew ? PAGE_SIZE : this.#step * 4;
        this.#isLoading = false;
    }

    /** The rows of the page are in place, or no page will arrive. */
    finish() {
        this.#isLoading = false;
        this.#gapFilledFromBelow = undefined;
        this.#loadingChanged();
    }

    /** Observes the places where messages are missing. Starts over, because an observer reports only changes. */
    observe() {
        this.#observer.disconnect();
        for (const element of [this.#loadEarlier, ...this.#rows.gaps.map((gap) => gap.element)]) this.#observer.observe(element);
    }

    #fillGap(element) {
        if (this.#isLoading) return;
        const { from, to } = this.#rows.gaps.find((gap) => gap.element === element);
        this.#gapFilledFromBelow = this.isScrollingDown ? undefined : element;
        this.loadBefore(this.isScrollingDown ? Math.min(from + this.#step, to) : to);
    }
}
