// The messages of a room, with system lines between them. Loads earlier messages when the reader is about to see them. A screen
// reader reads the log by its keys; new messages are announced elsewhere (room-view.js), because history would be read, too.

import { h } from "../page/dom.js";
import { LogRow } from "./log-row.js";

/** Messages in a page. */
const PAGE_SIZE = 50;
/** The most rows while the reader is at the end: what is above can be loaded again. */
const MAX_ROWS = 400;
/** Of joins and leaves in a row, the last ones are shown. */
const MAX_PRESENCE = 3;
/** The reader is at the end within this distance (px). */
const END_PX = 48;
/** Earlier messages are loaded this far before they are visible (px). */
const MARGIN_PX = 200;

export class MessageLog {
    element;
    /** A button for new messages below. */
    newest;
    #options;
    #rows = h("ul", { className: "rows" });
    #pending = h("ul", { className: "rows" });
    #earlier;
    #start;
    #empty;
    /** The rows of the messages, by sequence number. */
    #messages = new Map();
    #highest = 0;
    #isLoading = false;
    /** Whether there are earlier messages. Undefined before the first page. */
    #hasEarlier;
    #isAtEnd = true;
    #observers;

    /** @param {{translate, room: string, self(): number | undefined, load(page): boolean}} options `load`: false without a connection */
    constructor(options) {
        this.#options = options;
        const { t } = options.translate;
        this.#earlier = h("button", { type: "button", className: "earlier", hidden: true, onclick: () => this.#load() }, t("earlier"));
        this.#start = h("p", { className: "note", part: "system", hidden: true }, t("start"));
        this.#empty = h("p", { className: "note empty", part: "system", hidden: true }, t("empty"));
        this.element = h("div", { part: "log", className: "log", role: "log", ariaLive: "off", tabIndex: 0 },
            this.#earlier, this.#start, this.#empty, this.#rows, this.#pending);
        this.newest = h("button", { type: "button", className: "newest", hidden: true, onclick: () => this.#showEnd() }, `↓ ${t("newest")}`);
        this.element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
        const sizes = new ResizeObserver(() => { if (this.#isAtEnd) this.#showEnd(); });
        for (const each of [this.element, this.#rows, this.#pending]) sizes.observe(each);
        const sight = new IntersectionObserver((entries) => { if (entries.some(({ isIntersecting }) => isIntersecting)) this.#load(); },
            { root: this.element, rootMargin: `${MARGIN_PX}px 0px` });
        this.#observers = { sizes, sight };
    }

    stop() { for (const each of Object.values(this.#observers)) each.disconnect(); }

    /** A new message, or one that was missed. */
    add(message) {
        const isAtEnd = this.#isAtEnd || message.own;
        this.#insert(message);
        this.#refresh();
        if (isAtEnd) return this.#showEnd();
        this.newest.hidden = false;
    }

    /** A page of stored messages: the answer to a request, or the newest messages of the room. */
    addPage({ messages, before, more, gap }) {
        const isNewest = before === undefined;
        // Between what is shown and the newest messages some may be missing.
        if (isNewest && this.#messages.size && (gap || more) && !messages.some(({ seq }) => seq <= this.#highest)) this.clear();
        const { scrollHeight } = this.element;
        const hadMessages = this.#messages.size > 0;
        for (const message of messages) this.#insert(message);
        if (!isNewest || !hadMessages) this.#hasEarlier = more;
        this.#isLoading = false;
        this.#refresh();
        if (this.#isAtEnd) this.#showEnd();
        else if (!isNewest) this.element.scrollTop += this.element.scrollHeight - scrollHeight;
        // It reports only changes.
        this.#observers.sight.unobserve(this.#earlier);
        if (this.#hasEarlier) this.#observers.sight.observe(this.#earlier);
    }

    /** No page arrives: the connection is lost, or the request was refused. */
    loadFailed() {
        this.#isLoading = false;
        this.#refresh();
    }

    /** Applies an `edited`, a `reaction` or a `deleted` event. */
    change(event) {
        const row = this.#messages.get(event.message);
        if (!row) return;
        if (event.type !== "deleted") return row.change(event);
        const { next } = row;
        this.#messages.delete(event.message);
        row.element.remove();
        next?.follow();
        this.#refresh();
    }

    /** @param {(string | Node)[]} nodes @param {boolean} [isPresence] of a join or a leave */
    addSystem(nodes, at, isPresence = false) {
        const row = new LogRow(this.#options, { nodes, at, isPresence, seq: this.#highest });
        this.#rows.append(row.element);
        row.follow();
        for (let each = row, n = 0; each?.isPresence; n += 1) {
            const { previous } = each;
            if (n >= MAX_PRESENCE) each.element.remove();
            each = previous;
        }
        if (this.#isAtEnd) this.#showEnd();
    }

    /** The unacknowledged messages of this user. @param {Element[]} rows */
    setPending(rows) {
        this.#pending.replaceChildren(...rows);
        this.#refresh();
        if (this.#isAtEnd) this.#showEnd();
    }

    clear() {
        this.#rows.replaceChildren();
        this.#messages.clear();
        this.#highest = 0;
        this.#hasEarlier = undefined;
        this.#isAtEnd = true;
        this.#refresh();
    }

    #insert(message) {
        const { seq } = message;
        const known = this.#messages.get(seq);
        if (known) return known.replace(message);
        const row = new LogRow(this.#options, message, (re) => this.#messages.get(re)?.message);
        let last = this.#rows.lastElementChild;
        while (last && LogRow.of(last).seq > seq) last = last.previousElementSibling;
        if (last) last.after(row.element);
        else this.#rows.prepend(row.element);
        this.#messages.set(seq, row);
        this.#highest = Math.max(this.#highest, seq);
        row.follow();
        row.next?.follow();
    }

    #load() {
        if (this.#isLoading || !this.#hasEarlier) return;
        this.#isLoading = this.#options.load({ before: Math.min(...this.#messages.keys()), limit: PAGE_SIZE });
        this.#refresh();
    }

    #refresh() {
        const { t } = this.#options.translate;
        this.#earlier.hidden = !this.#hasEarlier;
        this.#earlier.textContent = t(this.#isLoading ? "loading" : "earlier");
        const isEmpty = this.#messages.size === 0 && !this.#pending.childElementCount;
        this.#start.hidden = this.#hasEarlier !== false || isEmpty;
        this.#empty.hidden = this.#hasEarlier !== false || !isEmpty;
    }

    #scrolled() {
        const { scrollHeight, scrollTop, clientHeight } = this.element;
        this.#isAtEnd = scrollHeight - scrollTop - clientHeight < END_PX;
        if (this.#isAtEnd) this.newest.hidden = true;
    }

    #showEnd() {
        while (this.#rows.childElementCount > MAX_ROWS) {
            this.#messages.delete(LogRow.of(this.#rows.firstElementChild).message?.seq);
            this.#rows.firstElementChild.remove();
            LogRow.of(this.#rows.firstElementChild).follow();
            this.#hasEarlier = true;
        }
        this.element.scrollTop = this.element.scrollHeight;
        this.newest.hidden = true;
        this.#isAtEnd = true;
    }
}
