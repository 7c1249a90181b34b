// The lines of a log as elements: messages, system messages, days, and own messages on their way. Nothing here keeps state.

import { h, person } from "./dom.js";
import { locale, parts, t } from "./i18n.js";
import { linked } from "./links.js";

// Two digits and 24 hours everywhere: the times stand in a narrow column, one under the other.
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" });

/** Which day it is where the reader is: equal for two times of the same day. */
export const dayOf = (at) => new Date(at).toDateString();

const time = (at) => h("time", {
    dateTime: new Date(at).toISOString(), title: moment.format(at), textContent: clock.format(at),
});

/** A line that a new day begins. */
export const dayLine = (at) => h("li", { className: "day" }, h("span", {}, day.format(at)));

/**
 * A user's message. The name is a button, but no stop of the Tab key: a log would have thousands. By keyboard one writes to
 * somebody from the list of people.
 * @param {{from: string, text: string, at: number, own: boolean}} message
 * @param {(name: string) => void} [write] the name was pressed
 */
export function messageLine({ from, text, at, own }, write) {
    const name = person(from, write ? "button" : "bdi");
    if (write) Object.assign(name, { type: "button", tabIndex: -1, title: t("writeTo", { name: from }), onclick: () => write(from) });
    const line = h("li", { className: "message" }, time(at), h("div", { className: "body" },
        name, h("p", { className: "text", dir: "auto" }, ...linked(text))));
    line.classList.toggle("own", own);
    return line;
}

/** Whether the line above is by the same person: then name and time are there for a screen reader only. */
export function showFollowing(line, follows) {
    if (line.classList.contains("follows") === follows) return;
    line.classList.toggle("follows", follows);
    for (const part of line.querySelectorAll("time, .person")) part.classList.toggle("unseen", follows);
}

/** Where something was said that is not here. */
export const gapLine = () => h("li", { className: "gap" },
    h("button", { type: "button", className: "small" }, t("gap")));

/** An own message that is not acknowledged: `message` as the library's `pending` event has it. */
export function pendingLine(from, message, { retry, discard }) {
    const line = messageLine({ ...message, from, own: true });
    line.classList.add(message.status);
    const note = h("p", { className: "note" });
    if (message.status === "failed") {
        const why = t(`why.${message.code}`) ?? message.code;
        note.append(t("failed", { why }), " ",
            h("button", { type: "button", className: "link", onclick: retry }, t("retry")), " ",
            h("button", { type: "button", className: "link", onclick: discard }, t("discard")));
    } else {
        note.append(t(message.waits ? "queued" : "sending"));
    }
    line.querySelector(".body").append(note);
    return line;
}

/** Where a message was that is deleted. */
export const removedLine = (at) => h("li", { className: "system removed" }, time(at), h("p", {}, t("messageRemoved")));

/** What happened in the room, in words; undefined for an event that this page does not know. */
function words(event, me) {
    switch (event.event) {
        case "joined": return parts("joined", event);
        case "left": return parts("leftRoom", event);
        case "renamed": return event.name === me ? parts("youRenamed", event) : parts("renamed", event);
        case "announcement": return event.text === undefined ? undefined : parts("announcement", event);
        case "restart": return [t("restart")];
        case "anew": return [t("anew")];
        case "name-was": return parts("nameWas", event);
        default: return undefined;
    }
}

/** A system message: from the server, or one of the page's own ("anew", "name-was"). */
export function systemLine(event, me) {
    const said = words(event, me);
    return said && h("li", { className: `system ${event.event}` }, time(event.at), h("p", {}, ...said));
}
