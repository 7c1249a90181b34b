// The log of one room or conversation: what one sees of its lines, the end it sticks to, the past that is loaded while one
// scrolls, and the own messages that wait below it. Owns its element, which stays in the page (hidden) while another is shown.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { Lines } from "./lines.js";
import { Newer } from "./newer.js";
import { anchored, isNear, keep } from "./scroll.js";
import { Waiting } from "./waiting.js";

/** What comes within this time (ms, a frame) is put in together: a busy room costs one layout for all, not one for each. */
const FRAME_MS = 16;
/** This near (px) to the end counts as at the end: scroll positions are fractions. */
const END_PX = 32;
/** The past is loaded before one reaches it: about two thirds of a phone's screen away. */
const AHEAD_PX = 400;
/** Messages in a page of the past, and after a message that is looked for; a few screens, and far below the server's bound. */
const PAGE = 50;
const AFTER = 20;

export class Log {
    #lines;
    #waiting = new Waiting();
    #list = h("div", { className: "log", tabIndex: 0 });
    #newer = new Newer(() => { this.toEnd(); this.#list.focus({ preventScroll: true }); });
    #older = h("button", { type: "button", className: "older", hidden: true });
    #begin = h("p", { className: "begin", hidden: true }, t("beginning"));
    #blank = h("div", { className: "blank", hidden: true });
    #atEnd = true;
    #position = 0;
    #down = false;
    #queue = [];
    #frame = null;
    /** Whether a page was asked for; the message that is looked for; how far forward the next page reaches. */
    #asked = false;
    #target = null;
    /** The gap that is filled from below. */
    #filled;
    #step = PAGE;
    #load;
    #edges;

    /**
     * @param {string} label what a screen reader calls it
     * @param {{load(page: {before?: number, limit: number}): boolean, write(name: string)}} on `load` asks for a page, which
     *   comes to `page`; false where nothing can be asked. `write`: the name of an author was pressed.
     */
    constructor(label, { load, write }) {
        this.#load = load;
        this.#lines = new Lines(write);
        this.#list.setAttribute("role", "log");
        this.#list.setAttribute("aria-label", label);
        // page/spoken.js reads out what is said; what is loaded from the past is not.
        this.#list.setAttribute("aria-live", "off");
        this.#list.append(this.#older, this.#begin, this.#blank, this.#lines.element, this.#waiting.element);
        this.element = h("div", { className: "pane", hidden: true }, this.#list, this.#newer.element);
        this.#older.addEventListener("click", () => this.#fill());
        this.#list.addEventListener("click", (event) => { if (event.target.closest(".gap button")) this.#fill(event.target.closest(".gap")); });
        this.#list.addEventListener("scroll", () => this.#scrolled(), { passive: true });
        this.#edges = new IntersectionObserver((seen) => { if (seen.some((edge) => edge.isIntersecting)) this.more(); },
            { root: this.#list, rootMargin: `${AHEAD_PX}px 0px` });
        // The composer grows, the keyboard of a phone opens: the end stays in view.
        new ResizeObserver(() => { if (this.#atEnd) this.toEnd(); }).observe(this.#list);
        this.#draw();
    }

    /** What stands here while nothing has been said. */
    set blank(nodes) { this.#blank.replaceChildren(...nodes); }
    get highest() { return this.#lines.highest; }
    get start() { return this.#lines.start; }
    has(seq) { return this.#lines.find(seq) !== undefined; }

    /** A message that was said, or missed. */
    message(message) {
        this.#soon(() => {
            this.#waiting.settle(message.id);
            this.#lines.message(message);
            if (message.own) this.#seen();
            else if (!this.#atEnd) this.#newer.count();
        });
    }

    system(event, me) { this.#soon(() => this.#lines.system(event, me)); }

    /** A page of the past, or the newest messages. */
    page(page) {
        this.#flush();
        this.#asked = false;
        this.#change(() => {
            for (const { id } of page.messages) this.#waiting.settle(id);
            const isLonger = this.#lines.page(page);
            this.#step = isLonger ? PAGE : this.#step * 4;
        });
        this.#filled = undefined;
        if (this.#target !== null) this.#show(this.#lines.find(this.#target));
        this.#target = null;
        this.#watch();
    }

    /** Nothing that was asked for comes any more. */
    failed() {
        this.#asked = false;
        this.#filled = undefined;
        this.#draw();
    }

    /** The server's numbers begin anew. */
    forgetNumbers() { this.#change(() => this.#lines.forgetNumbers()); }

    /** An own message that is not acknowledged, as it is now. `actions`: what its buttons do. */
    pending(from, message, actions) {
        const isNew = this.#waiting.put(from, message, actions);
        this.#draw();
        if (isNew) this.toEnd();
    }

    discard(id) { this.#waiting.settle(id); }

    show(shown) {
        if (!shown) this.#position = this.#list.scrollTop;
        this.element.hidden = !shown;
        if (!shown) return;
        this.#list.scrollTop = this.#atEnd ? this.#list.scrollHeight : this.#position;
        this.#watch();
    }

    toEnd() {
        this.#seen();
        this.#list.scrollTop = this.#list.scrollHeight;
        this.#position = this.#list.scrollTop;
        this.#down = false;
    }

    /** Leads to a message, which is loaded if need be. */
    goTo(seq) {
        this.#flush();
        const element = this.#lines.find(seq);
        if (element) return this.#show(element);
        this.#target = seq;
        this.#ask(seq + AFTER);
    }

    /** Loads what one is about to see. */
    more() {
        if (this.element.hidden || this.#asked) return;
        const gap = this.#lines.gaps.find(({ element }) => isNear(this.#list, element, AHEAD_PX));
        if (gap) this.#fill(gap.element);
        else if (this.#lines.start !== 0 && isNear(this.#list, this.#older, AHEAD_PX)) this.#fill();
    }

    /** Asks for what is missing in a gap, from the side where one comes from; without one, for what is before all. */
    #fill(element) {
        const gap = this.#lines.gaps.find((other) => other.element === element);
        if (!gap) return this.#ask(this.#lines.start);
        if (!this.#asked) this.#filled = this.#down ? undefined : element;
        this.#ask(this.#down ? Math.min(gap.from + this.#step, gap.to) : gap.to);
    }

    #ask(before) {
        if (this.#asked) return;
        this.#asked = this.#load({ before, limit: PAGE });
        this.#draw();
    }

    #show(element) {
        if (!element) return;
        this.#atEnd = false;
        element.tabIndex = -1;
        element.scrollIntoView({ block: "center" });
        this.#position = this.#list.scrollTop;
        this.#down = true;
        element.focus({ preventScroll: true });
        for (const other of this.#list.querySelectorAll(".sought")) other.classList.remove("sought");
        element.classList.add("sought");
    }

    /** Does it now, if nothing was done within the last frame; else together with all that comes until the next. */
    #soon(step) {
        this.#queue.push(step);
        if (this.#frame === null) this.#flush();
    }

    #flush() {
        const steps = this.#queue.splice(0);
        clearTimeout(this.#frame);
        this.#frame = steps.length ? setTimeout(() => { this.#frame = null; this.#flush(); }, FRAME_MS) : null;
        if (steps.length) this.#change(() => { for (const step of steps) step(); });
    }

    /** Changes lines, and keeps in its place what is looked at: the end, or a line. */
    #change(change) {
        const anchor = this.#atEnd || this.element.hidden ? null : anchored(this.#list, this.#filled);
        const focused = this.#list.contains(document.activeElement);
        change();
        this.#lines.trim(!this.#atEnd && this.#list.scrollTop < this.#list.scrollHeight / 2);
        this.#draw();
        if (anchor) keep(this.#list, anchor);
        else if (this.#atEnd) this.#list.scrollTop = this.#list.scrollHeight;
        // It is not the reader who scrolled.
        this.#position = this.#list.scrollTop;
        // The button that was pressed may be gone.
        if (focused && !this.#list.contains(document.activeElement)) this.#list.focus({ preventScroll: true });
    }

    /** The ends of what is here are watched: an observer tells only what changes, so it begins again. */
    #watch() {
        this.#edges.disconnect();
        for (const edge of [this.#older, ...this.#lines.gaps.map(({ element }) => element)]) this.#edges.observe(edge);
    }

    #draw() {
        const { start, isEmpty } = this.#lines;
        const nothing = isEmpty && this.#waiting.size === 0;
        this.#older.hidden = start === 0;
        this.#older.textContent = t(this.#asked ? "loading" : "earlier");
        this.#begin.hidden = start !== 0 || nothing;
        this.#blank.hidden = start !== 0 || !nothing;
        this.#list.setAttribute("aria-busy", String(this.#asked));
    }

    #scrolled() {
        // A hidden pane reports nonsense.
        if (this.element.hidden) return;
        const { scrollTop, scrollHeight, clientHeight } = this.#list;
        if (scrollTop !== this.#position) this.#down = scrollTop > this.#position;
        this.#position = scrollTop;
        this.#atEnd = scrollHeight - scrollTop - clientHeight < END_PX;
        if (this.#atEnd) this.#seen();
        else this.#newer.show();
    }

    /** The end is what one looks at. */
    #seen() {
        this.#atEnd = true;
        this.#newer.clear();
    }
}
