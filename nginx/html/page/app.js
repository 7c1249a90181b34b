// The chat page: connects the client library with the views.

import { ChatRelay } from "../chatrelay.js";
import { emptyState, inputPlaceholder, showChannelHeader } from "./channel-header.js";
import { parseAddress } from "./address.js";
import { ChannelTabs } from "./channel-tabs.js";
import { Channels } from "./channels.js";
import { Composer } from "./composer.js";
import { ConnectionBanner } from "./connection-banner.js";
import { DeviceLink, confirmBecome, takeTokenFromAddress } from "./device-link.js";
import { NameDialog, RoomsDialog } from "./dialogs.js";
import { $ } from "./dom.js";
import { keepDrafts } from "./drafts.js";
import { handleEvents } from "./events.js";
import { t, translate } from "./i18n.js";
import { LiveRegion } from "./live-region.js";
import { localState } from "./local-state.js";
import { MemberList } from "./member-list.js";
import { MessageChanges } from "./message-changes.js";
import { Navigation } from "./navigation.js";
import { PendingView } from "./pending-view.js";
import { ReadMarkers } from "./read-markers.js";
import { SearchDialog } from "./search-dialog.js";
import { addShortcuts } from "./shortcuts.js";
import { TypingIndicator } from "./typing-indicator.js";
import { started } from "./upgrade.js";
import { Users } from "./users.js";

translate(document);

const token = takeTokenFromAddress();
const linkedRoom = parseAddress(location.hash)?.room;
const chat = new ChatRelay({
    name: localState.name, rooms: [...new Set([...localState.rooms, ...(linkedRoom ? [linkedRoom] : [])])],
});
const tabs = new ChannelTabs((key) => channels.select(key));
const users = new Users();
const self = () => ({ name: chat.name, user: chat.user });
const members = new MemberList({ fetch: (room) => chat.who(room), openConversation });
const typingIndicator = new TypingIndicator();
const banner = new ConnectionBanner({
    connect: () => chat.connect(),
    reload: () => location.reload(),
    pending: () => chat.pending.filter(({ status }) => status === "pending"),
});
const liveRegion = new LiveRegion($("live-region"));
const readMarkers = new ReadMarkers(localState);
const messageChanges = new MessageChanges({ chat, channels: () => channels, composer: () => composer });
const channels = new Channels({
    readMarkers, localState, added: channelAdded, selected: channelSelected, removed: channelRemoved,
    keyChanged: (key, newKey) => composer.moveDraft(key, newKey),
    load: ({ target }, page) => chat.history(target, page),
    renamed: channelRenamed, self: () => chat.user,
    context: { ...messageChanges.rowContext, users, self: () => chat.user, nameClicked: openConversation },
    unreadChanged: (key, count, mentions) => tabs.setUnread(key, count, mentions),
    isBeingRead: (key) => key === channels.selectedKey && document.hasFocus() && !document.hidden,
});
const composer = new Composer({
    send(key, text, { re }) {
        const { name, user, isPrivate } = channels.get(key);
        if (isPrivate) chat.sendPrivate(user ?? name, text, { re, name });
        else chat.send(name, text, { re });
    },
    edit: (message, text) => messageChanges.edit(message, text),
    lastOwn: (key) => channels.get(key)?.list.findLast(({ own }) => own),
    typing: (key) => chat.typing(key),
    now: serverTime,
});
keepDrafts(composer);
const pendingView = new PendingView({ chat, channels, banner });
const nameDialog = new NameDialog(rename, new DeviceLink(() => chat.token));
const roomsDialog = new RoomsDialog({ enter: enterRoom, isJoined: (room) => channels.get(room)?.isOpen });
const searchDialog = new SearchDialog({
    search: (text, options) => chat.search(text, options),
    channel: () => channels.selected,
    goTo(message) {
        const channel = message.room === undefined
            ? channels.conversationOf(message) : channels.get(message.room);
        if (!channel) return;
        navigation.open(channel, message.seq);
    },
});
const navigation = new Navigation({
    channels, enterRoom,
    conversation: (user) => channels.conversation({ user, name: users.name(user) }),
    requestPrivate: (page) => chat.history({}, page),
});
const app = {
    chat, banner, members, typingIndicator, liveRegion, readMarkers, channels, composer, nameDialog, roomsDialog, searchDialog,
    pendingView, messageChanges, navigation, users, showName, focusComposer, serverTime,
    /** The room to select as soon as it is joined. */
    requestedRoom: linkedRoom ?? null,
};

function channelAdded(channel) {
    channel.list.emptyState = emptyState(channel, self(), openNameDialog);
    $("message-panes").append(channel.list.element);
    tabs.add(channel.key, channel);
    pendingView.refresh();
}

function channelRenamed(channel) {
    channel.list.emptyState = emptyState(channel, self(), openNameDialog);
    tabs.rename(channel.key, channel.name);
    if (channel === channels.selected) channelSelected(channel);
}

function channelRemoved({ key }) {
    tabs.remove(key);
    members.forget(key);
    composer.discardDraft(key);
}

/** The server's time, as far as it is known. */
function serverTime() { return Date.now() + chat.clockOffset; }

function channelSelected(channel) {
    const { key = null, name, user, isPrivate = false, isOpen = false, isLeftOver = false } = channel ?? {};
    showChannelHeader(channel, self());
    navigation.selected(channel);
    tabs.select(key);
    typingIndicator.select(key);
    liveRegion.cancel();
    members.select(isPrivate || isLeftOver ? null : key, isPrivate ? [{ name, user }, ...(user === undefined ? name === chat.name : user === chat.user) ? [] : [self()]] : []);
    composer.select(key, { placeholder: inputPlaceholder(channel, self()), isOpen });
}

/** Not on a touch screen, where focus opens the keyboard. */
function focusComposer() {
    if (matchMedia("(pointer: fine)").matches && !document.querySelector("dialog[open]")) composer.focus();
}

/** @param {{name: string, user?: number}} user */
function openConversation(user) {
    channels.select(channels.conversation(user).key);
    focusComposer();
}

/** Selects the room; joins or creates it first if necessary. */
function enterRoom(room) {
    if (!channels.get(room)?.isOpen) {
        app.requestedRoom = room;
        chat.join(room, { create: true });
        return;
    }
    roomsDialog.close();
    channels.select(room);
}

function rename(name) {
    if (name === chat.name) return nameDialog.close();
    chat.rename(name);
    if (chat.state.state === "online") return;
    localState.name = name;
    showName(name);
    nameDialog.close();
}

function showName(name) {
    $("own-name").textContent = name;
    $("open-name").setAttribute("aria-label", t("ownName", { name }));
    members.setSelf(self());
    for (const channel of channels.all) channel.list.emptyState = emptyState(channel, self(), openNameDialog);
}

function openNameDialog() {
    // An online user without a token was authenticated by a proxy.
    nameDialog.open(chat.name ?? "", chat.state.state === "online" && chat.token === undefined);
}

/** Becomes the user of a token from a link, if the reader agrees. */
async function offerToken(token) {
    if (token === undefined || token === chat.token) return;
    if (!await confirmBecome(chat.token && (chat.name ?? ""), chat.pending.length)) return;
    chat.become(token);
    localState.clearUser();
    location.reload();
}

$("skip").addEventListener("click", () => (channels.selected?.isOpen ? composer : $("channel-title")).focus());
$("open-name").addEventListener("click", openNameDialog);
$("open-rooms").addEventListener("click", () => { chat.list(); roomsDialog.open(); });
$("open-search").addEventListener("click", () => searchDialog.open());
$("leave").addEventListener("click", () => {
    if (channels.selected.isPrivate) channels.close(channels.selectedKey);
    else if (channels.selected.isLeftOver) channels.remove(channels.selectedKey);
    else chat.leave(channels.selectedKey);
});
addShortcuts({ search: () => searchDialog.open() });
addEventListener("hashchange", () => { if (!parseAddress(location.hash)) void offerToken(takeTokenFromAddress()); });
addEventListener("storage", () => channels.reloadReadMarkers());
for (const type of ["focus", "visibilitychange"]) addEventListener(type, () => channels.markSelectedRead(), { capture: true });

handleEvents(app);
channelSelected();
chat.connect();
started();
void offerToken(token);
