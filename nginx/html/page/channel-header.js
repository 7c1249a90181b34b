// The header of the selected channel, the empty state of its message list, and the placeholder of its input.

import { $, h } from "./dom.js";
import { t, tNodes } from "./i18n.js";

/** What a message list without messages shows. @param {() => void} openNameDialog */
export function emptyState({ isPrivate, name }, ownName, openNameDialog) {
    if (!isPrivate) {
        return [h("p", { className: "empty-title" }, t("emptyRoom")),
            h("p", {}, ...tNodes("youAre", { name: ownName }), " ",
                h("button", { type: "button", className: "link", onclick: openNameDialog }, t("changeName")))];
    }
    if (name === ownName) return [h("p", { className: "empty-title" }, t("notes")), h("p", {}, t("notesOnly"))];
    return [h("p", { className: "empty-title" }, ...tNodes("emptyConversation", { name })), h("p", {}, t("privateOnly"))];
}

/** @param {object} [channel] undefined if the user is in no room */
export function showChannelHeader(channel, ownName) {
    const isNotes = channel?.isPrivate && channel.name === ownName;
    const title = channel === undefined ? t("noRoom") : isNotes ? t("notes") : h("bdi", {}, channel.name);
    $("channel-title").replaceChildren(title);
    $("channel-kind").textContent = channel?.isPrivate && !isNotes ? t(channel.isOpen ? "private" : "userGone") : "";
    $("leave").hidden = channel === undefined;
    $("leave").textContent = t(channel?.isPrivate || channel?.isLeftOver ? "close" : "leave");
    history.replaceState(null, "", !channel || channel.isPrivate ? location.pathname : `#${channel.key}`);
}

export function inputPlaceholder(channel, ownName) {
    if (channel === undefined) return "";
    if (channel.isLeftOver) return t("errors.not-in-room");
    if (!channel.isOpen) return t("userGoneHint", { name: channel.name });
    return channel.isPrivate && channel.name === ownName ? t("notes") : t("messageTo", { channel: channel.name });
}
