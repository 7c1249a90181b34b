// The search dialog: an input, and the found messages, newest first.

import { $, h, userName } from "./dom.js";
import { highlight } from "./highlight.js";
import { t } from "./i18n.js";
import { shortTime } from "./times.js";

/** The pause in typing (ms) after which the search starts. */
const DEBOUNCE_MS = 250;
/** Messages in one answer: a screen or two. */
const PAGE_SIZE = 20;

export class SearchDialog {
    #dialog = $("search-dialog");
    #handlers;
    #timer = null;
    /** The words and the target of the last search. */
    #words = "";
    #target = {};
    #hasMore = false;
    #before;

    /**
     * @param {{search(text: string, options: object): boolean, channel(): object | undefined, goTo(message: object),
     *   roomLabel(room: string): string}} handlers
     *   `search` returns false without a connection; `channel` is the selected one.
     */
    constructor(handlers) {
        this.#handlers = handlers;
        this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close());
        $("search-form").addEventListener("submit", (event) => { event.preventDefault(); this.#search(); });
        for (const type of ["input", "compositionend"]) $("search-input").addEventListener(type, (event) => this.#typed(event));
        $("search-current").addEventListener("change", () => this.#search());
        $("search-more").addEventListener("click", () => this.#requestPage(this.#before));
        this.#dialog.addEventListener("keydown", (event) => this.#moveFocus(event));
    }

    open() {
        if (document.querySelector("dialog[open]")) return;
        const name = this.#handlers.channel()?.label;
        $("search-current-name").textContent = name ?? "";
        $("search-current").parentElement.hidden = name === undefined;
        $("search-current").checked = false;
        this.#dialog.showModal();
        $("search-input").select();
    }

    /** Shows an answer (`found`), unless it belongs to an earlier search. */
    showPage({ text, messages, more, before, next }) {
        if (text !== this.#words || before !== this.#before) return;
        const last = $("search-results").lastElementChild;
        if (before === undefined) $("search-results").replaceChildren();
        $("search-results").append(...messages.map((message) => this.#item(message)));
        if (before !== undefined) last?.nextElementSibling?.querySelector("button").focus();
        this.#before = next ?? messages.at(-1)?.seq;
        this.#hasMore = more;
        const n = $("search-results").childElementCount;
        // The server has looked through a part of the messages, and found none.
        if (next !== undefined && !n && this.#dialog.open) return this.#requestPage(next);
        this.#setStatus(n ? t(more ? "foundMore" : "found", { n }) : t("foundNothing"));
        $("search-help").hidden = n > 0;
    }

    deleteMessage(seq) { $("search-results").querySelector(`[data-seq="${seq}"]`)?.remove(); }

    get isOpen() { return this.#dialog.open; }

    showError(text) { this.#setStatus(text, true); }

    #typed(event) {
        clearTimeout(this.#timer);
        if (!event.isComposing) this.#timer = setTimeout(() => this.#search(), DEBOUNCE_MS);
    }

    #search() {
        clearTimeout(this.#timer);
        this.#words = $("search-input").value.trim();
        this.#target = $("search-current").checked ? this.#handlers.channel()?.target : {};
        if (this.#words) return this.#requestPage(undefined);
        $("search-results").replaceChildren();
        this.#hasMore = false;
        this.#setStatus("");
    }

    #requestPage(before) {
        this.#before = before;
        const isRequested = this.#handlers.search(this.#words, { ...this.#target, before, limit: PAGE_SIZE });
        if (!isRequested) this.#setStatus(t("searchOffline"), true);
    }

    #setStatus(text, isError = false) {
        $("search-status").textContent = text;
        $("search-status").className = isError ? "error" : "note";
        $("search-more").hidden = !this.#hasMore;
        $("search-help").hidden = true;
    }

    #item(message) {
        const { room, from, user, to, peer, own, at, text } = message;
        const channel = room === undefined ? [t("private"), " ", own ? userName(to, peer) : userName(from, user)] : [this.#handlers.roomLabel(room)];
        const item = h("li", {}, h("button", { type: "button", onclick: () => { this.#dialog.close(); this.#handlers.goTo(message); } },
            h("span", { className: "result-head" }, h("span", { className: "result-channel" }, ...channel), " ",
                userName(from, user), " ", h("time", { dateTime: new Date(at).toISOString() }, shortTime(at))),
            h("span", { className: "result-text", dir: "auto" }, ...highlight(text, this.#words))));
        item.dataset.seq = message.seq;
        return item;
    }

    /** The arrow keys move the focus through the input and the results. */
    #moveFocus(event) {
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
        // With a modifier they select text. 229: Safari (composer.js).
        const isOfInput = event.isComposing || event.keyCode === 229 || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey;
        if (isOfInput) return;
        const stops = [$("search-input"), ...$("search-results").querySelectorAll("button")];
        const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
        if (!next) return;
        event.preventDefault();
        next.focus();
    }
}
