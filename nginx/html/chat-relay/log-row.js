// A row of the log: a message, or a system line. It follows another row: of the same day it shows no date, and of the same
// sender no name.

import { h, userName } from "../page/dom.js";
import { formattedText, isEmojiOnly } from "../page/formatted-text.js";
import { plainText } from "../page/markdown.js";
import { isMentioned } from "../page/mentions.js";
import { reacted } from "../page/reacted.js";

/** Messages of one sender within this time are a group (ms). */
const GROUP_MS = 5 * 60_000;
/** The most characters of a quoted message. */
const MAX_QUOTE = 80;
const rows = new WeakMap();

/** Code breaks its lines, because a narrow element has no room to scroll sideways. */
const codeBlock = ({ text }) => h("pre", { dir: "ltr" }, h("code", {}, text));

export class LogRow {
    element;
    /** The message of the library. Undefined for a system line. */
    message;
    seq;
    isPresence;
    #at;
    #translate;
    #text = h("div", { part: "text", className: "text", dir: "auto" });
    #reactions = h("p", { className: "reactions note", hidden: true });

    /**
     * @param {{translate, self(): number | undefined}} options @param {object} row a message, or {nodes, at, isPresence, seq}
     * @param {(seq: number) => object | undefined} [quoted] the message that one replies to
     */
    constructor({ translate, self }, { nodes, isPresence = false, ...row }, quoted) {
        this.#translate = translate;
        this.#at = row.at;
        this.seq = row.seq;
        this.isPresence = isPresence;
        if (nodes) this.element = h("li", { part: "system", className: "system" }, this.#time(), " ", ...nodes);
        else this.#makeMessage(row, self(), quoted);
        rows.set(this.element, this);
    }

    static of(element) { return rows.get(element); }

    get previous() { return rows.get(this.element.previousElementSibling); }
    get next() { return rows.get(this.element.nextElementSibling); }

    /** What it shows depends on the row before. */
    follow() {
        const { previous } = this;
        const isNewDay = new Date(this.#at).toDateString() !== (previous && new Date(previous.#at).toDateString());
        const day = isNewDay && new Intl.DateTimeFormat(this.#translate.locale, { dateStyle: "full" }).format(this.#at);
        // The style sheet shows it above the row.
        if (day) this.element.dataset.day = day;
        else delete this.element.dataset.day;
        const { user, from } = this.message ?? {};
        const isSame = from !== undefined && previous?.message !== undefined && previous.message.user === user && previous.message.from === from;
        this.element.classList.toggle("grouped", isSame && !isNewDay && this.#at - previous.#at < GROUP_MS);
    }

    /** Applies an `edited` or a `reaction` event. */
    change(event) {
        if (event.type === "edited") Object.assign(this.message, { text: event.text, edited: event.at });
        else this.message.reactions = reacted(this.message.reactions ?? [], event);
        this.#draw();
    }

    /** The message as the server has it now. */
    replace(message) {
        this.message = { ...message };
        this.#draw();
    }

    #makeMessage(message, self, quoted) {
        this.message = { ...message };
        const { from, user, own, re } = message;
        const name = userName(from, user);
        name.part = "name";
        const parts = ["message", ...own ? ["own"] : [], ...isMentioned(message, self) ? ["mention"] : []];
        this.element = h("li", { part: parts.join(" "), className: parts.join(" ") },
            h("div", { className: "head" }, name, " ", this.#time()), ...re === undefined ? [] : [this.#quote(quoted(re))], this.#text, this.#reactions);
        this.#draw();
    }

    #quote(message) {
        const { t, nodes } = this.#translate;
        const text = message && plainText(message.text).slice(0, MAX_QUOTE);
        return h("p", { className: "quote note" }, ...message ? nodes("replyTo", { name: message.from, text }) : [t("replyToEarlier")]);
    }

    #time() {
        const format = (options) => new Intl.DateTimeFormat(this.#translate.locale, options).format(this.#at);
        return h("time", {
            part: "time", dateTime: new Date(this.#at).toISOString(), title: format({ dateStyle: "full", timeStyle: "medium" }),
        }, format({ hour: "numeric", minute: "2-digit" }));
    }

    #draw() {
        const { t } = this.#translate;
        const { text, edited, reactions = [] } = this.message;
        showText(this.#text, text);
        if (edited !== undefined) this.#text.append(" ", h("span", { className: "note" }, t("edited")));
        this.#reactions.textContent = reactions.map(({ emoji, users }) => t("reacted", { emoji, n: users.length })).join("  ");
        this.#reactions.hidden = reactions.length === 0;
    }
}

/** Fills an element with the text of a message. */
export function showText(element, text) {
    element.replaceChildren(...formattedText(text, codeBlock));
    element.classList.toggle("large-emoji", isEmojiOnly(text));
}
