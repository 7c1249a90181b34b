// Handles the events of the client library.

import { errorText } from "./dialogs.js";
import { $, announce } from "./dom.js";
import { belongsHere, isEmbedded } from "./embed.js";
import { t } from "./i18n.js";
import { localState } from "./local-state.js";
import { notice } from "./notices.js";
import { muteNodes } from "./sanctions.js";
import { reloadIfOutdated } from "./upgrade.js";

/** @param {object} app the library and the views (app.js) */
export function handleEvents(app) {
    const on = (type, action) => app.chat.addEventListener(type, ({ detail }) => { if (belongsHere(type, detail)) action(detail); });
    handleConnection(app, on);
    handleRooms(app, on);
    handleMessages(app, on);
    handleUsers(app, on);
    on("error", (error) => handleError(app, error));
}

function handleConnection(app, on) {
    const { chat, banner, pendingView, readMarkers, channels, composer, showStart } = app;

    // First, so that all views know the names.
    for (const type of ["welcome", "message", "private", "edited", "reaction", "history", "found", "who", "system", "typing"]) {
        on(type, (event) => app.users.learn(event));
    }
    for (const type of ["welcome", "who", "presence", "system"]) on(type, (event) => app.presences.learn(event));

    on("state", (state) => {
        banner.show(state);
        pendingView.refresh();
        showStart();
        $("rooms-form").querySelector("button").disabled = state.state !== "online";
        if (state.state === "online") app.navigation.online();
        for (const { list } of channels.all) {
            if (state.state === "online") list.loadVisible();
            else list.loadFailed();
        }
    });

    on("welcome", (welcome) => {
        composer.limit = welcome.limits.text;
        composer.ledger = welcome.ledger;
        composer.unmute();
        readMarkers.welcomed(welcome);
        for (const channel of channels.all) channels.tellReadMarker(channel);
        app.showName(welcome.name);
        for (const message of chat.pending) if (!isEmbedded) openConversationOf(message, channels);
        void reloadIfOutdated();
        if (!welcome.anew) return;
        channels.forgetSeqs();
        for (const { list } of channels.all) list.addSystem({ event: "new-ledger", at: app.serverTime() });
    });

    for (const type of ["reads", "read"]) on(type, (event) => channels.readPositionsReceived(event));
}

/** A pending private message must be visible. */
function openConversationOf({ to, name, room }, channels) {
    if (room !== undefined || channels.ofTarget({ to })) return;
    channels.conversation(typeof to === "number" ? { user: to, name } : { name: to });
}

function handleRooms(app, on) {
    const { chat, members, channels, pendingView, roomsDialog, switcher, conversationPresence, statusForm } = app;
    /** A welcome with another name than the requested one. The first joined room shows a note. */
    let otherName = null;

    on("welcome", (welcome) => {
        if (welcome.asked !== undefined && welcome.asked !== welcome.name) otherName = welcome;
    });

    on("joined", ({ room, users, title, topic }) => {
        const isNew = channels.get(room) === undefined;
        const { list } = channels.room(room);
        channels.setTopic(room, { title, topic });
        members.joined({ room, users });
        if (!isEmbedded) localState.rooms = chat.rooms;
        if (otherName) list.addSystem({ event: "name-replaced", asked: otherName.asked, name: otherName.name, at: app.serverTime() });
        otherName = null;
        // A closed room that is shown for its unsent messages gives way to the first one that can be written in.
        const isPlaced = channels.selectedKey !== null && !(isNew && channels.selected?.isLeftOver);
        if (room !== app.requestedRoom && isPlaced) return;
        if (room === app.requestedRoom) {
            roomsDialog.close();
            app.requestedRoom = null;
        }
        channels.select(room);
        app.focusComposer();
    });

    on("left", ({ room }) => {
        channels.remove(room);
        app.showStart();
        if (!isEmbedded) localState.rooms = chat.rooms;
        pendingView.refresh();
    });

    on("topic", (event) => {
        const channel = channels.get(event.room);
        if (!channel) return;
        for (const what of ["title", "topic"]) {
            if (event[what] !== channel[what]) channel.list.addSystem({ event: what, name: event.from, value: event[what], at: event.at });
        }
        channels.setTopic(event.room, event);
    });

    on("who", (answer) => {
        if (answer.room === undefined) {
            conversationPresence.show(answer);
            app.nameRequests.answered(answer);
        } else members.setMembers(answer);
        switcher.draw();
    });
    on("presence", (presence) => {
        conversationPresence.show(presence);
        if (presence.own) statusForm.stored();
    });
    on("state", ({ state }) => {
        app.nameRequests.forget();
        if (state === "online") conversationPresence.refresh();
    });
    on("rooms", (answer) => {
        roomsDialog.showRooms(answer);
        switcher.draw();
    });
}

function handleMessages(app, on) {
    const { typingIndicator, liveRegion, channels, composer, pendingView, searchDialog, messageChanges } = app;

    for (const type of ["message", "private"]) {
        on(type, (message) => {
            const channel = channels.addMessage(message);
            if (message.own) {
                composer.unmute();
                pendingView.refresh();
            }
            typingIndicator.stop(message);
            if (channel && channel === channels.selected && !message.own) liveRegion.addMessage(message);
            if (channel && !message.own) app.attention.messageArrived(channel, message);
        });
    }

    on("history", (page) => {
        channels.addPage(page);
        app.navigation.pageArrived(page);
        pendingView.refresh();
    });
    on("found", (page) => searchDialog.showPage(page));
    on("pending", (message) => {
        openConversationOf(message, channels);
        pendingView.show(message);
    });

    on("deleted", (deleted) => {
        channels.deleteMessage(deleted);
        app.attention.deleted(deleted.message);
        liveRegion.deleteMessage(deleted.message);
        searchDialog.deleteMessage(deleted.message);
        composer.messageDeleted(deleted.message);
        messageChanges.refresh();
    });

    for (const type of ["edited", "reaction"]) {
        on(type, (event) => {
            channels.changeMessage(event);
            messageChanges.refresh();
        });
    }
}

function handleUsers(app, on) {
    const { chat, members, typingIndicator, channels, nameDialog } = app;

    on("system", (event) => {
        for (const channel of channels.all) {
            const isIncluded = event.room === undefined || (!channel.isPrivate && event.room === channel.key);
            const own = event.user === undefined ? event.name === chat.name : event.user === chat.user;
            if (isIncluded) channel.list.addSystem({ ...event, own });
        }
        if (event.event === "announcement") return announce(t("announced", event));
        if (event.event === "renamed") channels.userRenamed(event);
        members.update(event);
        typingIndicator.stop({ ...event, from: event.was ?? event.name });
    });

    on("typing", (event) => typingIndicator.start(event));

    on("renamed", ({ name }) => {
        channels.userRenamed({ user: chat.user, name });
        localState.name = name;
        app.showName(name);
        nameDialog.close();
        announce(t("youAre", { name }));
    });
}

function handleError(app, error) {
    const { channels, composer, nameDialog, roomsDialog, searchDialog } = app;
    if (error.code === "muted") {
        composer.mute(error);
        announce(...muteNodes(error));
    }
    if (error.id === undefined && app.statusForm.refused(error)) return;
    if (error.id !== undefined && (app.messageChanges.refused(error) || app.topicDialog.refused(error))) return;
    if (error.id !== undefined) app.pendingView.refresh();
    // A pending message shows its own error.
    if (error.id !== undefined || error.code === "muted" && error.room !== undefined) return;
    const isOf = ({ target }) => error.with === target.with && error.user === target.user && error.room === target.room;
    for (const { list } of channels.all.filter(isOf)) list.loadFailed();
    const namesNothing = [error.room, error.with, error.user].every((field) => field === undefined);
    if (app.devicesDialog.isOpen && namesNothing) return app.devicesDialog.showError(error);
    const isOfName = ["name-taken", "name-banned", "bad-name", "name-fixed"].includes(error.code);
    if (isOfName || nameDialog.isOpen && namesNothing) return nameDialog.showError(error);
    // In an embedded page there is no dialog of rooms.
    if (!isEmbedded && error.room !== undefined && error.room === app.requestedRoom) {
        app.requestedRoom = null;
        app.navigation.cancel();
        return roomsDialog.showError(error);
    }
    if (app.nameRequests.refused(error)) return;
    const user = error.user ?? error.with;
    if (error.code === "no-such-user" && user !== undefined) channels.userGone(channels.ofTarget({ to: user }));
    if (searchDialog.isOpen) {
        searchDialog.showError(errorText(error));
        announce(errorText(error));
    } else notice(errorText(error));
}
