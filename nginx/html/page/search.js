// Looking for words in all that was said where one is: a dialog with a field, and what is found, the newest first.

import { $, h, person } from "./dom.js";
import { locale, t } from "./i18n.js";
import { marked } from "./marked.js";

const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
/** So long (ms) nothing was typed before it looks: each look is a command. */
const PAUSE_MS = 250;
/** Messages in one answer: they fit a screen or two. */
const LIMIT = 20;

export class Search {
    #dialog = $("search-dialog");
    #on;
    #timer = null;
    /** The words, and the place, of what is shown or was asked for. */
    #words = "";
    #place = {};
    #isMore = false;
    #before;

    /** @param {{search(text: string, options: object): boolean, place(): object, goTo(message: object)}} on */
    constructor(on) {
        this.#on = on;
        this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close());
        $("search-form").addEventListener("submit", (event) => { event.preventDefault(); this.#look(); });
        $("search-text").addEventListener("input", () => {
            clearTimeout(this.#timer);
            this.#timer = setTimeout(() => this.#look(), PAUSE_MS);
        });
        $("search-here").addEventListener("change", () => this.#look());
        $("search-more").addEventListener("click", () => this.#ask(this.#before));
        this.#dialog.addEventListener("keydown", (event) => this.#move(event));
    }

    open() {
        if (document.querySelector("dialog[open]")) return;
        const { name } = this.#on.place();
        $("search-here-name").textContent = name ?? "";
        $("search-here").parentElement.hidden = name === undefined;
        $("search-here").checked = false;
        this.#dialog.showModal();
        $("search-text").select();
    }

    /** The answer; one to words that are not the last ones is of no interest. */
    found({ text, messages, more, before }) {
        if (text !== this.#words || before !== this.#before) return;
        const last = $("search-results").lastElementChild;
        if (before === undefined) $("search-results").replaceChildren();
        $("search-results").append(...messages.map((message) => this.#line(message)));
        if (before !== undefined) last?.nextElementSibling?.querySelector("button").focus();
        this.#before = messages.at(-1)?.seq;
        this.#isMore = more;
        const n = $("search-results").childElementCount;
        this.#say(n ? t(more ? "foundMore" : "found", { n }) : t("foundNothing"));
    }

    /** A message is deleted. */
    removed(seq) { $("search-results").querySelector(`[data-seq="${seq}"]`)?.remove(); }

    failed(error) {
        if (this.#dialog.open) this.#say(error);
    }

    #look() {
        clearTimeout(this.#timer);
        this.#words = $("search-text").value.trim();
        this.#place = $("search-here").checked ? this.#on.place().about : {};
        if (this.#words) return this.#ask(undefined);
        $("search-results").replaceChildren();
        this.#isMore = false;
        this.#say("");
    }

    #ask(before) {
        this.#before = before;
        const isAsked = this.#on.search(this.#words, { ...this.#place, before, limit: LIMIT });
        if (!isAsked) this.#say(t("searchOffline"));
    }

    #say(text) {
        $("search-state").textContent = text;
        $("search-more").hidden = !this.#isMore;
    }

    #line(message) {
        const { room, from, to, own, at, text } = message;
        const where = room === undefined ? [t("private"), " ", person(own ? to : from)] : [room];
        const line = h("li", {}, h("button", { type: "button", onclick: () => { this.#dialog.close(); this.#on.goTo(message); } },
            h("span", { className: "found-head" }, h("span", { className: "found-place" }, ...where), " ",
                person(from), " ", h("time", { dateTime: new Date(at).toISOString() }, moment.format(at))),
            h("span", { className: "found-text", dir: "auto" }, ...marked(text, this.#words))));
        line.dataset.seq = message.seq;
        return line;
    }

    /** The arrow keys go through what is found, and back to the field. */
    #move(event) {
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
        const stops = [$("search-text"), ...$("search-results").querySelectorAll("button")];
        const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
        if (!next) return;
        event.preventDefault();
        next.focus();
    }
}
