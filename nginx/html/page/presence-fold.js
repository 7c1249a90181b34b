// Joins and leaves that follow each other, as one row: "Ada, Bob and 3 others joined; Eve left". The row unfolds to all of them with
// their times.

import { h } from "./dom.js";
import { locale, t, tNodes } from "./i18n.js";
import { systemRow } from "./row-elements.js";
import { clockTime, dayOf } from "./times.js";

/** The most names in a part of the sentence. */
const MAX_NAMES = 3;
/** The most events in a row, so that a quiet room does not collect them without bound. */
const MAX_EVENTS = 100;
const list = new Intl.ListFormat(locale, { type: "conjunction" });

export const isPresence = ({ event }) => event === "joined" || event === "left";

export class PresenceFold {
    element;
    #events = [];

    constructor(event) {
        this.#events.push(event);
        this.element = systemRow(event);
    }

    /** @returns {boolean} whether the event belongs to this row; one of another day, or one too many, begins a new row */
    add(event) {
        if (this.#events.length >= MAX_EVENTS || dayOf(event.at) !== dayOf(this.#events[0].at)) return false;
        this.#events.push(event);
        this.element.className = "system presence";
        const isOpen = this.element.querySelector("details")?.open ?? false;
        const hadFocus = this.element.contains(document.activeElement);
        // A tab stop only by the keys of the list (row-focus.js).
        const summary = h("summary", { tabIndex: -1 }, ...sentence(this.#events));
        const all = h("ul", {}, ...this.#events.map(({ event: kind, name, at }) => h("li", {}, clockTime(at), " ", ...tNodes(kind, { name }))));
        this.element.replaceChildren(clockTime(event.at), h("details", { open: isOpen }, summary, all));
        if (hadFocus) summary.focus({ preventScroll: true });
        return true;
    }
}

/** What the events come to, for each user. */
function sentence(events) {
    const users = new Map();
    for (const { event, name, user } of events) {
        const { first = event } = users.get(user ?? name) ?? {};
        users.set(user ?? name, { name, first, last: event });
    }
    const groups = new Map();
    for (const { name, first, last } of users.values()) groups.set(`${first}-${last}`, [...groups.get(`${first}-${last}`) ?? [], name]);
    const parts = ["joined-joined", "joined-left", "left-joined", "left-left"].filter((kind) => groups.has(kind))
        .map((kind) => tNodes(`presence.${kind}`, { names: names(groups.get(kind)) }));
    return parts.flatMap((part, i) => i === 0 ? part : [t("partSeparator"), ...part]);
}

function names(all) {
    const shown = all.length > MAX_NAMES ? all.slice(0, MAX_NAMES - 1) : all;
    const others = all.length > shown.length ? [t("otherReactions", { n: all.length - shown.length })] : [];
    let i = 0;
    return list.formatToParts([...shown, ...others]).map(({ type, value }) => {
        if (type !== "element") return value;
        return i++ < shown.length ? h("bdi", {}, value) : value;
    });
}
