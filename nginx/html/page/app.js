// The chat page: connects the client library with the views.

import { Client } from "../chatrelay/client.js";
import { parseAddress } from "./address.js";
import { Attention } from "./attention.js";
import { avatar } from "./avatars.js";
import { emptyState, inputPlaceholder, isNotes, showChannelHeader } from "./channel-header.js";
import { ChannelList } from "./channel-list.js";
import { Channels } from "./channels.js";
import { Commands, privateWriter } from "./commands.js";
import { commandCompletion, emojiCompletion, mentionable, nameCompletion } from "./completions.js";
import { Composer } from "./composer.js";
import { ConnectionBanner } from "./connection-banner.js";
import { copySources } from "./copy-source.js";
import { deviceLabel } from "./device-label.js";
import { DevicesDialog } from "./devices-dialog.js";
import { NameDialog, RoomsDialog } from "./dialogs.js";
import { $ } from "./dom.js";
import { embeddedRoom, isEmbedded, moveName } from "./embed.js";
import { handleEvents } from "./events.js";
import { addFrame, addPanels } from "./frame.js";
import { t, translate } from "./i18n.js";
import { hideComposition } from "./ime.js";
import { INSTANCE } from "./instance.js";
import { addLevelMenu } from "./level-menu.js";
import { LiveRegion } from "./live-region.js";
import { localState } from "./local-state.js";
import { MemberList } from "./member-list.js";
import { MessageChanges } from "./message-changes.js";
import { NameRequests } from "./name-requests.js";
import { Navigation } from "./navigation.js";
import { OfflineMessages } from "./offline-messages.js";
import { PendingView } from "./pending-view.js";
import { ConversationPresence, Presences, StatusForm, watchActivity } from "./presence.js";
import { ReadMarkers } from "./read-markers.js";
import { SearchDialog } from "./search-dialog.js";
import { SettingsDialog } from "./settings-dialog.js";
import { SignIn, takeLinkFromAddress } from "./sign-in.js";
import { showStartState } from "./start-state.js";
import { Switcher } from "./switcher.js";
import { switcherEntries } from "./switcher-entries.js";
import { TopicDialog } from "./topic-dialog.js";
import { TypingIndicator } from "./typing-indicator.js";
import { started } from "./upgrade.js";
import { Users } from "./users.js";
import { addWelcome, showWelcome } from "./welcome.js";

translate(document);
hideComposition();

const link = takeLinkFromAddress();
const linkedRoom = embeddedRoom ?? parseAddress(location.hash)?.room;
const chat = new Client({
    url: new URL("ws", INSTANCE).href.replace(/^http/, "ws"), socket: window.earlySocket,
    name: localState.name, label: deviceLabel(), rooms: [...new Set([...isEmbedded ? [] : localState.rooms, ...(linkedRoom ? [linkedRoom] : [])])],
});
const channelList = new ChannelList((key) => channels.select(key));
const users = new Users();
const nameRequests = new NameRequests(users, (user) => chat.who({ user }));
const self = () => ({ name: chat.name, user: chat.user });
const presences = new Presences(() => members.refresh());
const members = new MemberList({ fetch: (room) => chat.who(room), openConversation, presenceOf: (user) => presences.of(user) });
const conversationPresence = new ConversationPresence({ ask: (target) => chat.who(target), now: serverTime });
const typingIndicator = new TypingIndicator();
const banner = new ConnectionBanner({
    connect: () => chat.connect(),
    reload: () => location.reload(),
    signIn: () => signIn.showSignedOut(),
    pending: () => chat.pending.filter(({ status }) => status === "pending"),
});
const liveRegion = new LiveRegion($("live-region"));
const readMarkers = new ReadMarkers(localState, chat);
const messageChanges = new MessageChanges({ chat, channels: () => channels, composer: () => composer });
const channels = new Channels({
    readMarkers, localState, added: channelAdded, selected: channelSelected, removed: channelRemoved,
    keyChanged: (key, newKey) => composer.moveDraft(key, newKey),
    load: ({ target }, page) => chat.history(target, page),
    renamed: channelRenamed, self: () => chat.user,
    context: {
        ...messageChanges.rowContext, users, self: () => chat.user, nameClicked: isEmbedded ? undefined : openConversation,
        namesWanted: (ids, known) => nameRequests.want(ids, known),
    },
    unreadChanged: (key, count, mentions) => attention.unreadChanged(key, count, mentions),
    isBeingRead,
});
const attention = new Attention({
    channels: () => channels, isBeingRead, localState, self: () => chat.user, now: serverTime,
    lastRead(channel) {
        readMarkers.reload();
        return readMarkers.last(channel);
    },
    open: (channel, seq) => navigation.open(channel, seq),
    shown(key, { count, mentions, isMuted }) {
        channelList.setMuted(key, isMuted);
        channelList.setUnread(key, count, mentions);
    },
});
const commands = new Commands(isEmbedded ? { rename }
    : { join: enterRoom, leave: leaveSelected, rename, setTopic, write: privateWriter({ users, chat, open: openConversation }) });
const composer = new Composer({
    commands, completions: [commandCompletion(commands), nameCompletion(mentionable({ chat, users, members, selected: () => channels.selected })), emojiCompletion],
    send(key, text, { re }) {
        const { name, user, isPrivate } = channels.get(key);
        if (isPrivate) chat.sendPrivate(user ?? name, text, { re, name });
        else chat.send(name, text, { re });
    },
    edit: (message, text) => messageChanges.edit(message, text),
    lastOwn: (key) => channels.get(key)?.list.findLast((message) => messageChanges.canChange(message)),
    typing: (key) => chat.typing(key),
    now: serverTime,
});
const pendingView = new PendingView({ chat, channels, banner });
const devicesDialog = new DevicesDialog(chat);
const topicDialog = new TopicDialog({ chat, channel: () => channels.selected });
const nameDialog = new NameDialog({ rename, openDevices: () => devicesDialog.open(), enterRecovery: () => signIn.enterRecovery() });
const statusForm = new StatusForm({ set: (text) => chat.setStatus(text), saved: () => nameDialog.close() });
const roomsDialog = new RoomsDialog({ enter: enterRoom, isJoined: (room) => channels.get(room)?.isOpen });
const settingsDialog = new SettingsDialog();
attention.addSettings(settingsDialog);
const { sidebar, membersPanel } = addPanels();
const switcher = new Switcher({
    ...switcherEntries({ channels: () => channels, channelList, members, roomsDialog, openConversation, enterRoom }),
    opened() {
        chat.list();
        members.fetchIfOutdated();
    },
});
const searchDialog = new SearchDialog({
    search: (text, options) => chat.search(text, options),
    channel: () => channels.selected,
    roomLabel: (room) => channels.get(room)?.label ?? room,
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
    chat, banner, members, typingIndicator, liveRegion, readMarkers, channels, composer, nameDialog, roomsDialog, searchDialog, switcher,
    pendingView, devicesDialog, topicDialog, messageChanges, navigation, attention, users, nameRequests, presences, conversationPresence, statusForm, showName, showStart, focusComposer,
    serverTime,
    /** The room to select as soon as it is joined. */
    requestedRoom: linkedRoom ?? null,
};

function channelAdded(channel) {
    channel.list.emptyState = emptyState(channel, self(), openNameDialog);
    $("message-panes").append(channel.list.element);
    channelList.add(channel.key, channel);
    attention.refresh();
    pendingView.refresh();
}

function channelRenamed(channel) {
    channel.list.emptyState = emptyState(channel, self(), openNameDialog);
    channelList.rename(channel.key, channel.label);
    if (channel === channels.selected) channelSelected(channel);
}

function channelRemoved({ key }) {
    channelList.remove(key);
    attention.removed(key);
    members.forget(key);
    composer.discardDraft(key);
}

/** Whether the user is looking at the channel. */
function isBeingRead(key) { return key === channels.selectedKey && document.hasFocus() && !document.hidden && chat.state.state !== "closed"; }

/** The server's time, as far as it is known. */
function serverTime() { return Date.now() + chat.clockOffset; }

function channelSelected(channel) {
    const { key = null, name, user, isPrivate = false, isOpen = false, isLeftOver = false } = channel ?? {};
    showChannelHeader(channel, self());
    navigation.selected(channel);
    showStart();
    sidebar.chosen();
    membersPanel.chosen();
    const isOwn = user === undefined ? name === chat.name : user === chat.user;
    conversationPresence.select(isPrivate && isOpen && !isOwn ? { name, user } : null);
    channelList.select(key);
    typingIndicator.select(key);
    liveRegion.cancel();
    members.select(isPrivate || isLeftOver ? null : key, isPrivate ? [{ name, user }, ...(user === undefined ? name === chat.name : user === chat.user) ? [] : [self()]] : []);
    composer.select(key, { placeholder: inputPlaceholder(channel, self()), isOpen });
}

/** What is shown without a channel. */
function showStart() {
    const enter = embeddedRoom && (() => enterRoom(embeddedRoom));
    showStartState(channels.selected ? undefined : { state: chat.state.state, openRooms, enter });
}

/** Not on a touch screen, where focus opens the keyboard, and not out of the page around this one. */
function focusComposer() {
    if (isEmbedded && !document.hasFocus()) return;
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

function leaveSelected() {
    if (channels.selected.isPrivate) channels.close(channels.selectedKey);
    else if (channels.selected.isLeftOver) channels.remove(channels.selectedKey);
    else chat.leave(channels.selectedKey);
}

/** The command /topic. @returns {string | undefined} what was wrong */
function setTopic(text) {
    if (channels.selected.isPrivate) return t("topicOfRooms");
    return topicDialog.setTopic(channels.selected, text) ? undefined : t("needsConnection");
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
    const hasDevices = chat.token !== undefined;
    statusForm.show(chat.status);
    nameDialog.open(chat.name ?? "", { isFixed: isNameFixed(), hasDevices });
}

function openRooms() {
    chat.list();
    roomsDialog.open();
}

/** Removes what this browser has stored of the user. */
function forgetUser() {
    localState.clearUser();
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
    markRead: () => { if (channels.selected) channels.dismissUnread(channels.selected); },
});
$("leave").addEventListener("click", leaveSelected);
addWelcome(openNameDialog);
copySources();
addLevelMenu({ channel: () => channels.selected, attention, isNotes: (channel) => isNotes(channel, self()) });
addEventListener("hashchange", () => {
    const opened = takeLinkFromAddress();
    if (opened) void signIn.open(opened);
});
addEventListener("storage", () => {
    channels.reloadReadMarkers();
    attention.refresh();
});
for (const type of ["focus", "visibilitychange"]) addEventListener(type, () => channels.markSelectedRead(), { capture: true });

const signIn = new SignIn({ chat, forgetUser });
handleEvents(app);
watchActivity((away) => chat.setAway(away));
// What is kept is that of the whole page.
if (!isEmbedded) new OfflineMessages({
    chat, channels,
    shown(kept) {
        banner.note = kept ? t("keptMessages") : "";
        if (kept) showName(kept.name);
    },
});
moveName($("open-name"));
channelSelected();
if (!isEmbedded || embeddedRoom) chat.connect();
started();
void signIn.start(link);
