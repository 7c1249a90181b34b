// The elements of the rows in a message list: messages, system rows, day separators, gaps and pending messages. Has no state.

import { avatar } from "./avatars.js";
import { h, userName } from "./dom.js";
import { foldIfLong } from "./fold.js";
import { t, tNodes } from "./i18n.js";
import { linkify } from "./links.js";
import { showText } from "./message-text.js";
import { clockTime, dayName } from "./times.js";

export const daySeparator = (at) => h("li", { className: "day-separator" }, h("span", {}, dayName(at)));

/**
 * A user's message: its name, its time and an empty text. The name is a button, but not a tab stop, because a list may have a thousand of them. The member list has
 * the same buttons for keyboard users.
 * @param {{from: string, user?: number, at: number, own: boolean}} message
 * @param {(user: {name: string, user?: number}) => void} [nameClicked]
 */
export function messageRow({ from, user, at, own }, nameClicked) {
    const name = userName(from, user, nameClicked ? "button" : "bdi");
    if (nameClicked) {
        Object.assign(name, { type: "button", tabIndex: -1, title: t("writeTo", { name: from }), onclick: () => nameClicked({ name: from, user }) });
    }
    const text = h("div", { className: "message-text", dir: "auto" });
    const head = h("div", { className: "message-head" }, name, " ", clockTime(at));
    const row = h("li", { className: "message" }, avatar(from, user), h("div", { className: "message-body" }, head, text));
    row.classList.toggle("own", own);
    return row;
}

/** Groups a message with the one above: only screen readers then get its name and, but for the pointer, its time. */
export function setGrouped(row, isGrouped) {
    if (row.classList.contains("grouped") === isGrouped) return;
    row.classList.toggle("grouped", isGrouped);
    for (const element of row.querySelectorAll("time.clock, .user-name")) element.classList.toggle("visually-hidden", isGrouped);
}

/** A place where messages are not loaded. */
export const gapRow = () => h("li", { className: "gap" },
    h("button", { type: "button", className: "small" }, t("gap")));

/** An unacknowledged message of this user: the `detail` of the library's `pending` event, with a `note` (pending-view.js). */
export function pendingRow(from, message, { retry, discard }) {
    const row = messageRow({ ...message, from, own: true });
    row.classList.add(message.status);
    const text = row.querySelector(".message-text");
    showText(text, message.text);
    text.after(...foldIfLong(text));
    if (message.re !== undefined) text.before(h("p", { className: "note" }, t("reply")));
    const note = h("p", { className: "note" });
    if (message.status === "failed") {
        const reason = t(`sendErrors.${message.code}`) ?? message.code;
        note.append(message.code === "left" ? t("unconfirmed") : t("sendFailed", { reason }), " ");
        // Another user can't send it.
        if (message.code !== "other-user") note.append(h("button", { type: "button", className: "link", onclick: retry }, t("retry")), " ");
        note.append(h("button", { type: "button", className: "link", onclick: discard }, t("discard")));
    } else {
        note.append(t(message.note));
    }
    row.querySelector(".message-body").append(note);
    return row;
}

export const deletedRow = (at) => h("li", { className: "system deleted" }, clockTime(at), h("p", {}, t("messageDeleted")));

/** The text of a system row. Undefined for an event that this page does not know. */
function systemText(event) {
    switch (event.event) {
        case "joined": return tNodes("joined", event);
        case "left": return tNodes("left", event);
        case "renamed": return event.own ? tNodes("youRenamed", event) : tNodes("renamed", event);
        case "announcement": return event.text === undefined ? undefined : tNodes("announcement", { text: linkify(event.text) });
        case "title": case "topic": return tNodes(event.value ? `${event.event}Set` : `${event.event}Removed`, event);
        case "new-ledger": return [t("newLedger")];
        case "name-replaced": return tNodes("nameReplaced", event);
        default: return undefined;
    }
}

/** A system row: for an event of the server (`own`: of this user), or of this page ("new-ledger", "name-replaced"). */
export function systemRow(event) {
    const text = systemText(event);
    return text && h("li", { className: `system ${event.event}` }, clockTime(event.at), h("p", {}, ...text));
}
