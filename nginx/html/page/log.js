// The log of one room or conversation: what one sees of its lines, the end it sticks to, the past that is loaded while one
// scrolls, and the own messages that wait below it. Owns its element, which stays in the page (hidden) while another is shown.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { Lines } from "./lines.js";
import { Newer } from "./newer.js";
import { Past } from "./past.js";
import { anchored, keep } from "./scroll.js";
import { Waiting } from "./waiting.js";

/** What comes within this time (ms, a frame) is put in together: a busy room costs one layout for all, not one for each. */
const FRAME_MS = 16;
/** This near (px) to the end counts as at the end: scroll positions are fractions. */
const END_PX = 32;
/** Messages after one that is looked for: enough to see how it went on. */
const AFTER = 20;

export class Log {
    #lines;
    #waiting = new Waiting();
    /** page/spoken.js reads out what is said; what is loaded from the past is not. */
    #list = h("div", { className: "log", tabIndex: 0, role: "log", ariaLive: "off" });
    #newer = new Newer(() => { this.toEnd(); this.#list.focus({ preventScroll: true }); });
    #older = h("button", { type: "button", className: "older", hidden: true });
    #begin = h("p", { className: "begin", hidden: true }, t("beginning"));
    #blank = h("div", { className: "blank", hidden: true });
    #atEnd = true;
    #position = 0;
    #queue = [];
    #frame = null;
    #past;
    /** {seq, isAsked} of the message that is looked for. */
    #target = null;

    /**
     * @param {string} label what a screen reader calls it
     * @param {{load(page: {before?: number, limit: number}): boolean, newestCome: boolean, write(name: string)}} on `load`
     *   asks for a page, which comes to `page`; false where nothing can be asked. `newestCome`: the newest messages come to
     *   it by themselves. `write`: the name of an author was pressed.
     */
    constructor(label, { load, newestCome, write }) {
        this.#lines = new Lines(write);
        this.#list.ariaLabel = label;
        this.#list.append(this.#older, this.#begin, this.#blank, this.#lines.element, this.#waiting.element);
        this.element = h("div", { className: "pane", hidden: true }, this.#list, this.#newer.element);
        this.#list.addEventListener("scroll", () => this.#scrolled(), { passive: true });
        const views = { list: this.#list, older: this.#older, lines: this.#lines };
        this.#past = new Past({ ...views, load, newestCome, changed: () => this.#draw() });
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

    /** A message is deleted; with `id`, one that waited here. */
    remove(seq, id) {
        this.#soon(() => {
            this.#waiting.settle(id);
            this.#lines.remove(seq);
        });
    }

    /** A page of the past, or the newest messages. */
    page(page) {
        this.#flush();
        this.#change(() => {
            for (const { id } of page.messages) this.#waiting.settle(id);
            this.#past.came(this.#lines.page(page));
        });
        this.#past.end();
        this.#seek();
        this.#past.watch();
    }

    /** Nothing that was asked for comes any more. */
    failed() { this.#target = null; this.#past.end(); }

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
        this.#past.watch();
    }

    toEnd() {
        this.#seen();
        this.#list.scrollTop = this.#list.scrollHeight;
        this.#position = this.#list.scrollTop;
        this.#past.down = false;
    }

    /** Leads to a message, which is loaded if need be. */
    goTo(seq) {
        this.#flush();
        this.#target = { seq, isAsked: false };
        this.#seek();
    }

    /** Loads what one is about to see. */
    more() { if (!this.element.hidden) this.#past.more(); }

    /** Goes to the message that is looked for, if it is here; asks for it once: it may be deleted. */
    #seek() {
        if (this.#target === null) return;
        const { seq, isAsked } = this.#target;
        const element = this.#lines.find(seq);
        if (element || isAsked) this.#target = null;
        if (element) this.#show(element);
        else if (!isAsked) this.#target.isAsked = this.#past.ask(seq + AFTER);
    }

    #show(element) {
        this.#atEnd = false;
        element.tabIndex = -1;
        element.scrollIntoView({ block: "center" });
        this.#position = this.#list.scrollTop;
        this.#past.down = true;
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
        const anchor = this.#atEnd || this.element.hidden ? null : anchored(this.#list, this.#past.filled);
        const focused = this.#list.contains(document.activeElement);
        change();
        this.#lines.trim(!this.#atEnd && this.#list.scrollTop < this.#list.scrollHeight / 2);
        this.#draw();
        if (anchor) keep(this.#list, anchor);
        else if (this.#atEnd) this.#list.scrollTop = this.#list.scrollHeight;
        // It is not the reader who scrolled. A hidden pane reports nonsense.
        if (!this.element.hidden) this.#position = this.#list.scrollTop;
        // The button that was pressed may be gone.
        if (focused && !this.#list.contains(document.activeElement)) this.#list.focus({ preventScroll: true });
    }

    #draw() {
        const { start, isEmpty } = this.#lines;
        const nothing = isEmpty && this.#waiting.size === 0;
        this.#older.hidden = start === 0;
        this.#older.textContent = t(this.#past.isLoading ? "loading" : "earlier");
        this.#begin.hidden = start !== 0 || nothing;
        this.#blank.hidden = start !== 0 || !nothing;
        this.#list.ariaBusy = String(this.#past.isLoading);
    }

    #scrolled() {
        if (this.element.hidden) return;
        const { scrollTop, scrollHeight, clientHeight } = this.#list;
        if (scrollTop !== this.#position) this.#past.down = scrollTop > this.#position;
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
