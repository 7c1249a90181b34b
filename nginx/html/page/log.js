// The log of one room: its lines, the end it sticks to, and the own messages that wait below it. Owns its element, which
// stays in the page (hidden) while another room is shown, so that nothing is lost or read out again on return.

import { h } from "./dom.js";
import { dayLine, dayOf, messageLine, pendingLine, systemLine } from "./entries.js";
import { t } from "./i18n.js";

/** The most lines that a room keeps in the page: hours of talk, and a phone still scrolls it with ease. */
const LINES = 1_000;
/** Messages of one person within this time (ms) stand under one name. */
const FOLLOWS_MS = 5 * 60_000;
/** What comes within this time (ms, a frame) is put in together: a busy room costs one layout for all, not one for each. */
const FRAME_MS = 16;
/** This near (px) to the end counts as at the end: scroll positions are fractions. */
const END_PX = 32;

export class Log {
    #lines = h("ol", { className: "lines" });
    #waiting = h("ol", { className: "lines waiting" });
    #list = h("div", { className: "log", tabIndex: 0 });
    #newer = h("button", { type: "button", className: "newer", hidden: true });
    #blank = h("div", { className: "blank" });
    #last = null;
    #unseen = 0;
    #atEnd = true;
    #position = 0;
    #pending = new Map();
    #queue = [];
    #frame = null;

    constructor(room) {
        this.#list.setAttribute("role", "log");
        this.#list.setAttribute("aria-label", t("messagesIn", { room }));
        // What was just written is not read out; the message itself is, when it has come back.
        this.#waiting.setAttribute("aria-live", "off");
        this.#list.append(this.#blank, this.#lines, this.#waiting);
        this.element = h("div", { className: "pane", hidden: true }, this.#list, this.#newer);
        this.#newer.addEventListener("click", () => { this.toEnd(); this.#list.focus({ preventScroll: true }); });
        this.#list.addEventListener("scroll", () => this.#scrolled(), { passive: true });
        // The composer grows, the keyboard of a phone opens: the end stays in view.
        new ResizeObserver(() => { if (this.#atEnd) this.toEnd(); }).observe(this.#list);
    }

    /** What stands here while nothing has been said. */
    set blank(nodes) { this.#blank.replaceChildren(...nodes); }

    message(message) {
        this.#soon(() => this.#message(message));
    }

    system(event, me) {
        this.#soon(() => this.#system(event, me));
    }

    #message(message) {
        this.#settle(message.id);
        const last = this.#last;
        const follows = last?.from === message.from && message.at - last.at < FOLLOWS_MS && dayOf(last.at) === dayOf(message.at);
        this.#add(messageLine(message, follows), message.at);
        this.#last = message;
        if (message.own) this.#seen();
        else if (!this.#atEnd) this.#count();
    }

    #system(event, me) {
        const line = systemLine(event, me);
        if (!line) return;
        this.#add(line, event.at);
        this.#last = { at: event.at };
    }

    /** An own message that is not acknowledged, as it is now. `actions`: what its buttons do. */
    pending(from, message, actions) {
        const line = pendingLine(from, message, actions);
        const before = this.#pending.get(message.id);
        if (before) before.replaceWith(line);
        else this.#waiting.append(line);
        this.#pending.set(message.id, line);
        this.#blank.hidden = true;
        if (!before) this.toEnd();
    }

    discard(id) { this.#settle(id); }

    show(shown) {
        if (!shown) this.#position = this.#list.scrollTop;
        this.element.hidden = !shown;
        if (shown) this.#list.scrollTop = this.#atEnd ? this.#list.scrollHeight : this.#position;
    }

    toEnd() {
        this.#seen();
        this.#list.scrollTop = this.#list.scrollHeight;
    }

    #add(line, at) {
        this.#blank.hidden = true;
        if (!this.#last || dayOf(this.#last.at) !== dayOf(at)) this.#lines.append(dayLine(at));
        this.#lines.append(line);
    }

    /** Does it now, if nothing was done within the last frame; else together with all that comes until the next. */
    #soon(step) {
        this.#queue.push(step);
        if (this.#frame === null) this.#flush();
    }

    #flush() {
        const steps = this.#queue.splice(0);
        this.#frame = steps.length ? setTimeout(() => this.#flush(), FRAME_MS) : null;
        for (const step of steps) step();
        while (this.#lines.childElementCount > LINES) this.#lines.firstElementChild.remove();
        if (this.#atEnd) this.#list.scrollTop = this.#list.scrollHeight;
    }

    #settle(id) {
        this.#pending.get(id)?.remove();
        this.#pending.delete(id);
    }

    #scrolled() {
        // A hidden pane reports nonsense.
        if (this.element.hidden) return;
        const { scrollTop, scrollHeight, clientHeight } = this.#list;
        this.#atEnd = scrollHeight - scrollTop - clientHeight < END_PX;
        if (this.#atEnd) this.#seen();
        else this.#newer.hidden = false;
        if (this.#unseen === 0) this.#newer.textContent = t("toEnd");
    }

    #count() {
        this.#unseen += 1;
        this.#newer.textContent = t("newer", { n: this.#unseen });
        this.#newer.hidden = false;
    }

    /** The end is what one looks at. */
    #seen() {
        this.#atEnd = true;
        this.#unseen = 0;
        this.#newer.hidden = true;
    }
}
