// The quotes of a message list: a line of the message that another one replies to. A message that is not loaded is fetched alone,
// when its quote comes into sight; one request at a time, because the server bounds them.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { plainText } from "./markdown.js";

/** The most characters of a quote. Wide windows show about so many in a line. */
const MAX_LENGTH = 140;

export class Quotes {
    #find;
    #load;
    #goTo;
    /** What was fetched: {from, text}, or null for a deleted message. */
    #fetched = new Map();
    #wanted = new Set();
    /** The message that is being fetched. */
    #requested;
    #observer;

    /**
     * @param {{list: Element, find(seq: number): object | null | undefined, load(page: object): boolean, goTo(seq: number)}} options
     *   `find`: the loaded message, null for a deleted one. `load` requests a page, and returns false without a connection.
     */
    constructor({ list, find, load, goTo }) {
        this.#find = find;
        this.#load = load;
        this.#goTo = goTo;
        this.#observer = new IntersectionObserver((entries) => {
            for (const { isIntersecting, target } of entries) if (isIntersecting) this.#want(target);
        }, { root: list });
    }

    /** A new quote of the message. */
    element(seq) {
        const button = h("button", { type: "button", className: "quote", tabIndex: -1, onclick: () => this.#goTo(seq) });
        button.dataset.re = seq;
        this.#draw(button, seq);
        return button;
    }

    /** The message has changed, was deleted, or is loaded now. @param {Element} rows */
    update(rows, seq) {
        for (const button of rows.querySelectorAll(`.quote[data-re="${seq}"]`)) this.#draw(button, seq);
    }

    /** @returns {boolean} whether the page is only the answer for a quote, so that it is no part of the list */
    pageArrived({ before, messages }, rows) {
        const seq = this.#requested;
        if (seq === undefined || before !== seq + 1) return false;
        const found = messages.at(-1)?.seq === seq ? messages.at(-1) : null;
        this.#fetched.set(seq, found && { from: found.from, text: found.text });
        this.#requested = undefined;
        this.update(rows, seq);
        this.#next();
        return messages.length <= 1;
    }

    /** A message was edited or deleted. @param {string} [text] the new one */
    changed(seq, text) {
        const known = this.#fetched.get(seq);
        if (known !== undefined) this.#fetched.set(seq, text === undefined ? null : { ...known, text });
    }

    /** No answer will arrive. */
    failed() {
        if (this.#requested !== undefined) this.#wanted.add(this.#requested);
        this.#requested = undefined;
    }

    /** There is a connection again. */
    resume() { this.#next(); }

    #draw(button, seq) {
        const quoted = this.#find(seq) === undefined ? this.#fetched.get(seq) : this.#find(seq);
        button.disabled = quoted === null;
        if (quoted === undefined) this.#observer.observe(button);
        else this.#observer.unobserve(button);
        const line = quoted && plainText(quoted.text).trim().split("\n", 1)[0];
        button.replaceChildren(h("span", { className: "visually-hidden" }, t("replyTo"), " "), ...quoted
            ? [h("bdi", { className: "quote-name" }, quoted.from), " ", h("bdi", {}, line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line)]
            : [t(quoted === null ? "messageDeleted" : "earlierMessage")]);
    }

    #want(button) {
        this.#observer.unobserve(button);
        this.#wanted.add(Number(button.dataset.re));
        this.#next();
    }

    #next() {
        if (this.#requested !== undefined) return;
        const [seq] = [...this.#wanted].filter((each) => this.#find(each) === undefined);
        if (seq === undefined) return this.#wanted.clear();
        if (!this.#load({ before: seq + 1, limit: 1 })) return;
        this.#wanted.delete(seq);
        this.#requested = seq;
    }
}
