// The channels: joined rooms and private conversations. Each has a message list, a tab and unread messages. One is selected.

import { t } from "./i18n.js";
import { MessageList } from "./message-list.js";

/** The most conversations that reappear after a reload: few enough for a row of tabs. */
const MAX_RESTORED = 12;

/** The key of a conversation. A deleted user's conversation has its own key, because another user may have the name now. */
const conversationKey = (name, isGone = false) => `${isGone ? "!" : "@"}${name}`;

/** The key of the channel that a message was sent to. */
export const keyOfTarget = ({ room, to }) => room ?? conversationKey(to);

/** The key of the channel that a message belongs to. */
const keyOf = ({ room, own, from, to, gone }) => room ?? conversationKey(own ? to : from, gone);

export class Channels {
    #channels = new Map();
    #handlers;
    #readMarkers;
    #localState;
    selectedKey = null;

    /**
     * @param {{load(channel, page): boolean, openConversation(name), added(channel), selected(channel | undefined),
     *   unreadChanged(key, count), removed(channel), isBeingRead(key): boolean, keyChanged(key, newKey)}} handlers
     */
    constructor({ readMarkers, localState, ...handlers }) {
        this.#handlers = handlers;
        this.#readMarkers = readMarkers;
        this.#localState = localState;
    }

    get all() { return [...this.#channels.values()]; }
    get(key) { return this.#channels.get(key); }
    get selected() { return this.#channels.get(this.selectedKey); }

    /** The channel of a room, added if missing. */
    room(room) {
        const isSelected = this.selectedKey === room;
        if (this.get(room)?.isLeftOver) this.remove(room);
        const channel = this.get(room) ?? this.#add({ key: room, name: room, isPrivate: false, isOpen: true, target: { room } });
        if (isSelected && this.selectedKey !== room) this.select(room);
        return channel;
    }

    /** A channel for the refused messages of a room that this user is not in. */
    closedRoom(room) { return this.#add({ key: room, name: room, isPrivate: false, isOpen: false, isLeftOver: true, target: {} }); }

    /** The channel of a private conversation, added if missing. */
    conversation(name, isGone = false) {
        const key = conversationKey(name, isGone);
        // The history of a deleted user is only available in the history of all private messages.
        const target = isGone ? {} : { with: name };
        return this.get(key) ?? this.#add({ key, name, isPrivate: true, isOpen: !isGone, target });
    }

    /** Adds a live or a missed message. @returns its channel; undefined for a room that is not joined */
    addMessage(message) {
        const channel = this.#channelOf(message);
        if (!channel) return undefined;
        this.#reopen(channel.key);
        channel.list.addMessage(message);
        this.#addUnread(channel, [message]);
        return channel;
    }

    deleteMessage({ message, id }) {
        for (const channel of this.all) {
            channel.list.deleteMessage(message, id);
            channel.unread.delete(message);
            this.#addUnread(channel, []);
        }
    }

    /** Adds a page of stored messages: the answer to a request, or the newest messages of a room. */
    addPage(page) {
        if (page.room === undefined && page.with === undefined) return this.#addPrivatePage(page);
        const channel = this.get(page.room ?? conversationKey(page.with));
        if (!channel) return;
        // The same messages under another name: the user was renamed.
        if (channel.isPrivate) {
            const same = this.all.find((other) => other !== channel && other.isPrivate && page.messages.some(({ seq }) => other.list.has(seq)));
            if (same && same.name !== channel.name) this.#continueAs(channel, same);
        }
        this.#addPageTo(channel, page);
    }

    #channelOf(message) {
        const key = keyOf(message);
        return this.get(key) ?? (message.room === undefined ? this.conversation(key.slice(1), message.gone) : undefined);
    }

    /** Distributes a page of private messages of all conversations. Restores the newest conversations. */
    #addPrivatePage(page) {
        const closed = this.#localState.closed;
        const missing = new Map();
        for (const message of page.messages.toReversed()) {
            const key = keyOf(message);
            if (!this.get(key) && !missing.has(key) && message.seq > (closed[key] ?? 0)) missing.set(key, message);
        }
        for (const message of [...missing.values()].slice(0, MAX_RESTORED)) this.#channelOf(message);
        const start = page.messages[0]?.seq;
        for (const channel of this.all.filter(({ isPrivate }) => isPrivate)) {
            this.#addPageTo(channel, { ...page, start, messages: page.messages.filter((message) => keyOf(message) === channel.key) });
        }
    }

    #addPageTo(channel, page) {
        channel.list.addPage(page);
        if (page.before === undefined) this.#addUnread(channel, page.messages);
    }

    select(key) {
        this.selected?.list.setShown(false);
        this.selectedKey = this.#channels.has(key) ? key : null;
        const channel = this.selected;
        if (channel) this.#reopen(key);
        this.#handlers.selected(channel);
        channel?.list.setShown(true);
        this.markSelectedRead();
    }

    /** Marks the selected channel as read, if the user is looking at it. */
    markSelectedRead() {
        const channel = this.selected;
        if (!channel || !this.#handlers.isBeingRead(channel.key)) return;
        this.#readMarkers.mark(channel.key, Math.max(channel.list.highest, ...channel.unread));
        channel.unread.clear();
        this.#handlers.unreadChanged(channel.key, 0);
    }

    /** Another tab of the browser may have changed the read markers. */
    reloadReadMarkers() {
        this.#readMarkers.reload();
        for (const channel of this.all) this.#addUnread(channel, []);
    }

    /** Closes a conversation. A reload does not restore it, unless a newer message arrives. */
    close(key) {
        const channel = this.get(key);
        this.#localState.closed = { ...this.#localState.closed, [key]: Math.max(channel.list.highest, 0) };
        this.remove(key);
    }

    remove(key) {
        const channel = this.get(key);
        if (!channel) return;
        this.#channels.delete(key);
        channel.list.element.remove();
        this.#handlers.removed(channel);
        if (key === this.selectedKey) this.select(this.all[0]?.key);
    }

    /** Replaces the conversation with the user by one with the new name. */
    userRenamed(was, name) {
        const channel = this.get(conversationKey(was));
        if (!channel) return;
        this.#continueAs(this.conversation(name), channel);
    }

    /** Replaces a conversation by the one that has the user's new name. */
    #continueAs(next, channel) {
        this.#readMarkers.mark(next.key, this.#readMarkers.last(channel.key));
        this.#handlers.keyChanged(channel.key, next.key);
        this.#addUnread(next, [...channel.unread].map((seq) => ({ seq })));
        if (this.selectedKey === channel.key) this.select(next.key);
        this.remove(channel.key);
    }

    /** No user has this name any more: the conversation becomes read-only. */
    userGone(name) {
        const channel = this.get(conversationKey(name));
        if (!channel) return;
        channel.isOpen = false;
        channel.list.addPage({ messages: [], before: channel.list.start ?? 0, more: false });
        if (channel === this.selected) this.#handlers.selected(channel);
    }

    #add(channel) {
        Object.assign(channel, { unread: new Set() });
        channel.list = new MessageList(t("messagesIn", { channel: channel.name }), {
            load: (page) => this.#handlers.load(channel, page),
            hasHistory: !channel.isLeftOver, expectsNewest: !channel.isPrivate,
            nameClicked: this.#handlers.openConversation,
        });
        this.#channels.set(channel.key, channel);
        this.#handlers.added(channel);
        return channel;
    }

    /** Adds messages to the unread ones, and removes those up to the read marker. */
    #addUnread(channel, messages) {
        const last = this.#readMarkers.last(channel.key);
        for (const { own, seq } of messages) if (!own) channel.unread.add(seq);
        for (const seq of channel.unread) if (seq <= last) channel.unread.delete(seq);
        if (channel.key === this.selectedKey && this.#handlers.isBeingRead(channel.key)) this.markSelectedRead();
        else this.#handlers.unreadChanged(channel.key, channel.unread.size);
    }

    #reopen(key) {
        const { [key]: closed, ...others } = this.#localState.closed;
        if (closed !== undefined) this.#localState.closed = others;
    }
}
