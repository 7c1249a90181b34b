// The chat page: connects the client library with the views.

import { ChatRelay, ROOM_NAME } from "../chatrelay.js";
import { avatar } from "./avatars.js";
import { emptyState, inputPlaceholder, showChannelHeader } from "./channel-header.js";
import { ChannelList } from "./channel-list.js";
import { Channels } from "./channels.js";
import { Composer } from "./composer.js";
import { ConnectionBanner } from "./connection-banner.js";
import { DeviceLink, confirmBecome, takeTokenFromAddress } from "./device-link.js";
import { NameDialog, RoomsDialog } from "./dialogs.js";
import { $ } from "./dom.js";
import { keepDrafts } from "./drafts.js";
import { handleEvents } from "./events.js";
import { addFrame, addPanels } from "./frame.js";
import { t, translate } from "./i18n.js";
import { LiveRegion } from "./live-region.js";
import { localState } from "./local-state.js";
import { MemberList } from "./member-list.js";
import { MessageChanges } from "./message-changes.js";
import { PendingView } from "./pending-view.js";
import { ReadMarkers } from "./read-markers.js";
import { SearchDialog } from "./search-dialog.js";
import { SettingsDialog } from "./settings-dialog.js";
import { showStartState } from "./start-state.js";
import { Switcher } from "./switcher.js";
import { switcherEntries } from "./switcher-entries.js";
import { TypingIndicator } from "./typing-indicator.js";
import { started } from "./upgrade.js";
import { Users } from "./users.js";
import { addWelcome, showWelcome } from "./welcome.js";

translate(document);

const token = takeTokenFromAddress();
/** The room in the address (page#room), for links to a room. */
const roomInAddress = () => [location.hash.slice(1)].find((name) => ROOM_NAME.test(name));
const linkedRoom = roomInAddress();
const chat = new ChatRelay({
    name: localState.name, rooms: [...new Set([...localState.rooms, ...(linkedRoom ? [linkedRoom] : [])])],
});
const channelList = new ChannelList((key) => channels.select(key));
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
    unreadChanged: (key, count, mentions) => channelList.setUnread(key, count, mentions),
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
const settingsDialog = new SettingsDialog();
const { sidebar, membersPanel } = addPanels();
const switcher = new Switcher({
    ...switcherEntries({ channels: () => channels, channelList, members, roomsDialog, openConversation, enterRoom }),
    opened() {
        chat.list();
        members.refresh();
    },
});
const searchDialog = new SearchDialog({
    search: (text, options) => chat.search(text, options),
    channel: () => channels.selected,
    goTo(message) {
        const channel = message.room === undefined
            ? channels.conversationOf(message) : channels.get(message.room);
        if (!channel) return;
        channels.select(channel.key);
        channel.list.goTo(message.seq);
    },
});
const app = {
    chat, banner, members, typingIndicator, liveRegion, readMarkers, channels, composer, nameDialog, roomsDialog, searchDialog, switcher,
    pendingView, messageChanges, users, showName, showStart, focusComposer, serverTime,
    /** The room to select as soon as it is joined. */
    requestedRoom: linkedRoom ?? null,
};

function channelAdded(channel) {
    channel.list.emptyState = emptyState(channel, self(), openNameDialog);
    $("message-panes").append(channel.list.element);
    channelList.add(channel.key, channel);
    pendingView.refresh();
}

function channelRenamed(channel) {
    channel.list.emptyState = emptyState(channel, self(), openNameDialog);
    channelList.rename(channel.key, channel.name);
    if (channel === channels.selected) channelSelected(channel);
}

function channelRemoved({ key }) {
    channelList.remove(key);
    members.forget(key);
    composer.discardDraft(key);
}

/** The server's time, as far as it is known. */
function serverTime() { return Date.now() + chat.clockOffset; }

function channelSelected(channel) {
    const { key = null, name, user, isPrivate = false, isOpen = false, isLeftOver = false } = channel ?? {};
    showChannelHeader(channel, self());
    showStart();
    sidebar.chosen();
    membersPanel.chosen();
    channelList.select(key);
    typingIndicator.select(key);
    liveRegion.cancel();
    members.select(isPrivate || isLeftOver ? null : key, isPrivate ? [{ name, user }, ...(user === undefined ? name === chat.name : user === chat.user) ? [] : [self()]] : []);
    composer.select(key, { placeholder: inputPlaceholder(channel, self()), isOpen });
}

/** What is shown without a channel. */
function showStart() { showStartState(channels.selected ? undefined : { state: chat.state.state, openRooms }); }

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
    $("own-avatar").replaceChildren(avatar(name, chat.user));
    $("open-name").setAttribute("aria-label", t("ownName", { name }));
    showWelcome({ name, isChosen: localState.name !== undefined || isNameFixed() });
    members.setSelf(self());
    for (const channel of channels.all) channel.list.emptyState = emptyState(channel, self(), openNameDialog);
}

/** An online user without a token was authenticated by a proxy. */
function isNameFixed() { return chat.state.state === "online" && chat.token === undefined; }

function openNameDialog() {
    nameDialog.open(chat.name ?? "", isNameFixed());
}

function openRooms() {
    chat.list();
    roomsDialog.open();
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
$("open-rooms").addEventListener("click", openRooms);
addFrame({
    search: () => searchDialog.open(), switch: () => switcher.open(), membersPanel, settingsDialog,
    step: (by, unread) => {
        const key = channelList.next(by, { unread });
        if (key === undefined) return;
        channels.select(key);
        focusComposer();
    },
});
$("leave").addEventListener("click", () => {
    if (channels.selected.isPrivate) channels.close(channels.selectedKey);
    else if (channels.selected.isLeftOver) channels.remove(channels.selectedKey);
    else chat.leave(channels.selectedKey);
});
addWelcome(openNameDialog);
addEventListener("hashchange", () => {
    if (roomInAddress()) enterRoom(roomInAddress());
    else void offerToken(takeTokenFromAddress());
});
addEventListener("storage", () => channels.reloadReadMarkers());
for (const type of ["focus", "visibilitychange"]) addEventListener(type, () => channels.markSelectedRead(), { capture: true });

handleEvents(app);
channelSelected();
chat.connect();
started();
void offerToken(token);
