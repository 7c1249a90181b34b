// What stands over a log, and in an empty one: where one is, and who one is.

import { $, h } from "./dom.js";
import { parts, t } from "./i18n.js";

/** What stands where nothing has been said. @param {() => void} openName opens the dialog for one's name */
export function quiet({ isPrivate, name }, me, openName) {
    if (!isPrivate) {
        return [h("p", { className: "quiet" }, t("quiet")),
            h("p", {}, ...parts("youAre", { name: me }), " ",
                h("button", { type: "button", className: "link", onclick: openName }, t("changeName")))];
    }
    if (name === me) return [h("p", { className: "quiet" }, t("notes")), h("p", {}, t("notesOnly"))];
    return [h("p", { className: "quiet" }, ...parts("quietWith", { name })), h("p", {}, t("privateOnly"))];
}

/** Says which room or conversation is shown. @param {object} [place] none: one is in no room */
export function showHead(place, me) {
    const isNotes = place?.isPrivate && place.name === me;
    const title = place === undefined ? t("noRoom") : isNotes ? t("notes") : h("bdi", {}, place.name);
    $("room-title").replaceChildren(title);
    $("room-kind").textContent = place?.isPrivate && !isNotes ? t(place.isOpen ? "private" : "gone") : "";
    $("leave").hidden = place === undefined;
    $("leave").textContent = t(place?.isPrivate ? "close" : "leave");
    history.replaceState(null, "", !place || place.isPrivate ? location.pathname : `#${place.key}`);
}

/** What stands in the empty box for a message. */
export function invitation(place, me) {
    if (place === undefined) return "";
    if (!place.isOpen) return t("isGone", { name: place.name });
    return place.isPrivate && place.name === me ? t("notes") : t("messageTo", { room: place.name });
}
