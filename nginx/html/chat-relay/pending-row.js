// A message of this user that the server has not acknowledged, or has refused.

import { h, userName } from "../page/dom.js";
import { showText } from "./log-row.js";

/** @param {object} pending of the library, with the `message` of the error if there is one @param {{name, isOnline, retry(), discard()}} options */
export function pendingRow({ text, status, code, message }, { t, error }, { name, isOnline, retry, discard }) {
    const shown = h("div", { part: "text", className: "text", dir: "auto" });
    showText(shown, text);
    const note = h("p", { className: "note" });
    const button = (label, onclick) => h("button", { type: "button", className: "link", onclick }, label);
    if (status === "failed") {
        note.append(t("failed", { reason: code === "left" ? t("inRoomNoMore") : error({ code, message }) || code }), " ");
        // Another user can't send it.
        if (code !== "other-user") note.append(button(t("retry"), retry), " ");
        note.append(button(t("discard"), discard));
    } else note.append(t(isOnline ? "sending" : "queued"));
    return h("li", { part: "message own pending", className: `message own pending ${status}` }, h("div", { className: "head" }, userName(name ?? "")), shown, note);
}
