// The channels: joined rooms and private conversations. Each has a message list, an entry in the sidebar and unread messages. One is selected.

import { t } from "./i18n.js";
import { isMentioned } from "./mentions.js";
import { MessageList } from "./message-list.js";

/** The most conversations that reappear after a reload: few enough to look through. */
const MAX_RESTORED = 12;

/**
 * The key of a conversation. With a server that has no ids of users, and in what earlier versions stored, it is the name. A deleted
 * user's conversation then has its own key, because another user may have the name now.
 */
const conversationKey = ({ user, name, isGone = false }) => user === undefined ? nameKey(name, isGone) : `user:${user}`;
const nameKey = (name, isGone = false) => `${isGone ? "!" : "@"}${name}`;

/** The other user of a private message. */
const peerOf = ({ own, from, user, to, peer, gone }) => own ? { name: to, user: peer, isGone: gone } : { name: from, user, isGone: gone };

/** The key of the channel that a message belongs to. */
const keyOf = (message) => message.room ?? conversationKey(peerOf(message));

export class Channels {
    #channels = new Map();
    #handlers;
    #readMarkers;
    #localState;
    selectedKey = null;

    /**
     * @param {{load(channel, page): boolean, context: object, added(channel), selected(channel | undefined),
     *   unreadChanged(key, count, mentions), removed(channel), isBeingRead(key): boolean, keyChanged(key, newKey),
     *   renamed(channel), self(): number | undefined}} handlers `context`: of the rows (message-row.js)
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

    /** The channel of a private conversation, added if missing. @param {{name: string, user?: number, isGone?: boolean}} peer */
    conversation({ name = "?", user, isGone = false }) {
        const key = conversationKey({ user, name, isGone });
        const existing = this.get(key);
        if (existing) return existing;
        // The history of a deleted user is only available in the history of all private messages.
        const target = isGone ? {} : user === undefined ? { with: name } : { user };
        const channel = this.#add({ key, name, user, isPrivate: true, isOpen: !isGone, target });
        if (user !== undefined) this.#takeOver(channel, nameKey(name, isGone));
        return channel;
    }

    /** The conversation that a private message belongs to, added if missing. */
    conversationOf(message) { return this.conversation(peerOf(message)); }

    /** The channel that a message is sent to, if there is one. @param {{room?: string, to?: string | number}} target */
    ofTarget({ room, to }) {
        if (room !== undefined) return this.get(room);
        if (typeof to === "number") return this.get(conversationKey({ user: to }));
        return this.all.find(({ isPrivate, isOpen, name }) => isPrivate && isOpen && name === to) ?? this.get(nameKey(to));
    }

    /** Adds a live or a missed message. @returns its channel; undefined for a room that is not joined */
    addMessage(message) {
        const channel = this.#channelOf(message);
        if (!channel) return undefined;
        this.#reopen(channel.key);
        if (channel.isPrivate) this.#noteName(channel, message);
        channel.list.addMessage(message);
        this.#addUnread(channel, [message]);
        return channel;
    }

    deleteMessage({ message, id }) {
        for (const channel of this.all) {
            channel.list.deleteMessage(message, id);
            channel.unread.delete(message);
            channel.mentions.delete(message);
            if (channel.firstUnread === message) channel.firstUnread = channel.list.messagesAfter(message).find(({ own }) => !own)?.seq;
            this.#addUnread(channel, []);
        }
    }

    /** Applies an `edited` or a `reaction` event. */
    changeMessage(event) { for (const { list } of this.all) list.changeMessage(event); }

    /** Adds a page of stored messages: the answer to a request, or the newest messages of a room. */
    addPage(page) {
        const { room, with: name, user } = page;
        if (room === undefined && name === undefined && user === undefined) return this.#addPrivatePage(page);
        const channel = this.get(room ?? conversationKey({ name, user })) ?? this.get(nameKey(name));
        if (!channel) return;
        if (channel.isPrivate && user !== undefined) this.rename(channel, name);
        this.#addPageTo(channel, page);
    }

    #channelOf(message) {
        return this.get(keyOf(message)) ?? (message.room === undefined ? this.conversation(peerOf(message)) : undefined);
    }

    /** The newest name of the other user, who may be gone. */
    #noteName(channel, message) {
        const { name, isGone } = peerOf(message);
        if (channel.user !== undefined) this.rename(channel, name);
        if (isGone && channel.isOpen) this.userGone(channel);
    }

    /** Distributes a page of private messages of all conversations. Restores the newest conversations. */
    #addPrivatePage(page) {
        const closed = this.#localState.closed;
        const missing = new Map();
        for (const message of page.messages.toReversed()) {
            const key = keyOf(message);
            const { name, isGone } = peerOf(message);
            const closedAt = closed[key] ?? closed[nameKey(name, isGone)] ?? 0;
            if (!this.get(key) && !missing.has(key) && message.seq > closedAt) missing.set(key, message);
            else if (this.get(key)) this.#noteName(this.get(key), message);
        }
        for (const message of [...missing.values()].slice(0, MAX_RESTORED)) this.#channelOf(message);
        const start = page.messages[0]?.seq;
        for (const channel of this.all.filter(({ isPrivate }) => isPrivate)) {
            this.#addPageTo(channel, { ...page, start, messages: page.messages.filter((message) => keyOf(message) === channel.key) });
        }
    }

    #addPageTo(channel, page) {
        // What this device has kept (offline-messages.js) gives way to what the server has.
        if (channel.isKept && page.before === undefined && !page.isKept) {
            channel.list.clear();
            channel.unread.clear();
            channel.mentions.clear();
            channel.isKept = false;
        }
        channel.list.addPage(page);
        if (page.before === undefined) this.#addUnread(channel, page.messages, { areStored: true });
    }

    select(key) {
        if (this.selected && key !== this.selectedKey) this.#setFirstUnread(this.selected, undefined);
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
        // Before its messages arrive, nothing is known of a room.
        if (channel.list.start !== undefined || channel.unread.size) this.#readMarkers.mark(channel, Math.max(channel.list.highest, ...channel.unread));
        channel.unread.clear();
        channel.mentions.clear();
        this.#handlers.unreadChanged(channel.key, 0, 0);
    }

    /** Another tab of the browser may have changed the read markers. */
    reloadReadMarkers() {
        this.#readMarkers.reload();
        for (const channel of this.all) this.#addUnread(channel, []);
    }

    /** Tells the server what this browser knows of a channel. */
    tellReadMarker(channel) { this.#readMarkers.tell(channel); }

    /** The server has told how far the user has read, maybe on another device: less than this browser took for read, or more. */
    readPositionsReceived({ positions, ...position }) {
        for (const { room, with: name, user } of positions ?? [position]) {
            const channel = this.get(room ?? conversationKey({ name, user }));
            if (!channel) continue;
            if (positions && channel === this.selected) this.#correctFirstUnread(channel);
            this.#addUnread(channel, channel.list.messagesAfter(this.#readMarkers.last(channel)));
        }
    }

    /** The positions of the server may arrive when the user already looks at the messages. */
    #correctFirstUnread(channel) {
        const known = this.#readMarkers.known(channel);
        if (channel.firstUnread > known) return;
        const last = Math.max(known, this.#readMarkers.lastAtWelcome(channel));
        this.#setFirstUnread(channel, channel.list.messagesAfter(last).find(({ own }) => !own)?.seq, last);
    }

    /** The user takes all messages of a channel for read: the line of the unread ones goes. */
    dismissUnread(channel) {
        this.#setFirstUnread(channel, undefined);
        if (channel === this.selected) this.markSelectedRead();
    }

    /** @param {number | undefined} seq @param {number} [last] the message that was read last */
    #setFirstUnread(channel, seq, last) {
        channel.firstUnread = seq;
        channel.list.unreadAfter = seq === undefined ? undefined : last;
    }

    /** The ledger is another one: all sequence numbers are void. */
    forgetSeqs() {
        for (const channel of this.all) {
            channel.list.forgetSeqs();
            channel.unread.clear();
            channel.mentions.clear();
            this.#setFirstUnread(channel, undefined);
            this.#handlers.unreadChanged(channel.key, 0, 0);
        }
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

    /** The title and the topic that a room has now. */
    setTopic(room, { title = "", topic = "" }) {
        const channel = this.get(room);
        if (!channel || channel.title === title && channel.topic === topic) return;
        Object.assign(channel, { title, topic });
        channel.list.label = t("messagesIn", { channel: channel.label });
        this.#handlers.renamed(channel);
    }

    /** The user of a conversation has another name. */
    rename(channel, name) {
        if (!channel || name === undefined || channel.name === name) return;
        channel.name = name;
        channel.list.label = t("messagesIn", { channel: name });
        this.#handlers.renamed(channel);
    }

    userRenamed({ user, name }) { if (user !== undefined) this.rename(this.get(conversationKey({ user })), name); }

    /** A conversation takes over what was stored, or is shown, under the name of its user, before the id was known. */
    #takeOver(channel, key) {
        this.#readMarkers.move(key, channel);
        const { [key]: closed, ...others } = this.#localState.closed;
        if (closed !== undefined) this.#localState.closed = { ...others, [channel.key]: closed };
        this.#handlers.keyChanged(key, channel.key);
        const before = this.get(key);
        if (!before) return;
        this.#addUnread(channel, [...before.unread].map((seq) => ({ seq })));
        if (this.selectedKey === key) this.select(channel.key);
        this.remove(key);
    }

    /** The user does not exist any more: the conversation becomes read-only. */
    userGone(channel) {
        if (!channel) return;
        channel.isOpen = false;
        channel.target = {};
        channel.list.addPage({ messages: [], before: channel.list.start ?? 0, more: false });
        if (channel === this.selected) this.#handlers.selected(channel);
    }

    #add(channel) {
        // What it is called: the room's title, its name, or the user's name.
        Object.defineProperty(channel, "label", { get: () => channel.title || channel.name });
        // `firstUnread`: the first message that was unread when the user last turned to the channel, until another one is selected.
        Object.assign(channel, { unread: new Set(), mentions: new Set(), firstUnread: undefined, title: "", topic: "" });
        channel.list = new MessageList(t("messagesIn", { channel: channel.label }), {
            load: (page) => this.#handlers.load(channel, page),
            hasHistory: !channel.isLeftOver, expectsNewest: !channel.isPrivate,
            context: this.#handlers.context,
            unreadDismissed: () => this.dismissUnread(channel),
        });
        this.#channels.set(channel.key, channel);
        this.#handlers.added(channel);
        this.tellReadMarker(channel);
        return channel;
    }

    /** Adds messages to the unread ones, and removes those up to the read marker. */
    #addUnread(channel, messages, { areStored = false } = {}) {
        const last = this.#readMarkers.last(channel);
        const hadUnread = channel.unread.size > 0;
        for (const message of messages) {
            if (!message.own) channel.unread.add(message.seq);
            if (isMentioned(message, this.#handlers.self())) channel.mentions.add(message.seq);
        }
        for (const seqs of [channel.unread, channel.mentions]) for (const seq of seqs) if (seq <= last) seqs.delete(seq);
        const isSelected = channel.key === this.selectedKey;
        const isBeingRead = isSelected && this.#handlers.isBeingRead(channel.key);
        const isNews = isSelected ? channel.unread.size && !hadUnread && (!isBeingRead || areStored) : true;
        if (isNews) this.#setFirstUnread(channel, channel.unread.size ? Math.min(...channel.unread) : undefined, last);
        if (isBeingRead) this.markSelectedRead();
        else this.#handlers.unreadChanged(channel.key, channel.unread.size, channel.mentions.size);
    }

    #reopen(key) {
        const { [key]: closed, ...others } = this.#localState.closed;
        if (closed !== undefined) this.#localState.closed = others;
    }
}
