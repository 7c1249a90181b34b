// The header of the selected channel, the empty state of its message list, and the placeholder of its input.

import { $, h } from "./dom.js";
import { t, tNodes } from "./i18n.js";

/** Whether it is the conversation of a user with itself. @param {{name, user}} self */
export const isNotes = ({ isPrivate, name, user }, self) => isPrivate && (user === undefined ? name === self.name : user === self.user);

/** What a message list without messages shows. @param {() => void} openNameDialog */
export function emptyState(channel, self, openNameDialog) {
    const { isPrivate, name } = channel;
    if (!isPrivate) {
        return [h("p", { className: "empty-title" }, t("emptyRoom")), h("p", {}, t("emptyRoomHelp")),
            h("p", {}, ...tNodes("youAre", { name: self.name }), " ",
                h("button", { type: "button", className: "link", onclick: openNameDialog }, t("changeName")))];
    }
    if (isNotes(channel, self)) return [h("p", { className: "empty-title" }, t("notes")), h("p", {}, t("notesOnly"))];
    return [h("p", { className: "empty-title" }, ...tNodes("emptyConversation", { name })), h("p", {}, t("privateOnly"))];
}

/** @param {object} [channel] undefined if the user is in no room */
export function showChannelHeader(channel, self) {
    const isOwn = channel !== undefined && isNotes(channel, self);
    const title = channel === undefined ? t("noRoom") : isOwn ? t("notes") : h("bdi", {}, channel.label);
    $("channel-title").replaceChildren(title);
    $("channel-kind").textContent = channel?.isPrivate && !isOwn ? t(channel.isOpen ? "private" : "userGone") : "";
    const isRoom = channel?.isOpen === true && !channel.isPrivate;
    const { title: roomTitle = "", topic = "" } = channel ?? {};
    $("channel-title").classList.toggle("room", channel !== undefined && !channel.isPrivate && !roomTitle);
    $("channel-id").textContent = isRoom && roomTitle ? `#${channel.name}` : "";
    $("open-topic").hidden = !isRoom || !topic;
    $("open-topic").title = topic;
    $("open-topic").replaceChildren(h("bdi", {}, topic));
    $("menu-topic").hidden = !isRoom;
    $("open-channel-menu").hidden = channel === undefined;
    $("leave").textContent = t(channel?.isPrivate || channel?.isLeftOver ? "close" : "leave");
}

export function inputPlaceholder(channel, self) {
    if (channel === undefined) return "";
    if (channel.isLeftOver) return t("errors.not-in-room");
    if (!channel.isOpen) return t("userGoneHint", { name: channel.name });
    return isNotes(channel, self) ? t("notes") : t("messageTo", { channel: channel.label });
}
