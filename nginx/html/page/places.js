// The rooms one is in and the conversations with people: each has a log, a tab, and what is unread in it. One of them is shown.

import { Log } from "./log.js";
import { t } from "./i18n.js";

/** The most conversations that come back by themselves after a reload: a row of tabs that one can still look over. */
const RETURNING = 12;

/** The key of a conversation; one with somebody who is gone is another one than that with who has the name by then. */
export const conversationKey = (name, gone = false) => `${gone ? "!" : "@"}${name}`;

/** The key of where a message belongs. */
const keyOf = ({ room, own, from, to, gone }) => room ?? conversationKey(own ? to : from, gone);

export class Places {
    #places = new Map();
    #on;
    #read;
    #store;
    current = null;

    /**
     * @param {{load(place, page): boolean, write(name), added(place), selected(place | undefined), unread(key, count),
     *   removed(place), isRead(key): boolean}} on
     */
    constructor({ read, store, ...on }) {
        this.#on = on;
        this.#read = read;
        this.#store = store;
    }

    get all() { return [...this.#places.values()]; }
    get(key) { return this.#places.get(key); }
    get shown() { return this.#places.get(this.current); }

    room(room) { return this.get(room) ?? this.#add({ key: room, name: room, isPrivate: false, isOpen: true, about: { room } }); }

    conversation(name, gone = false) {
        const key = conversationKey(name, gone);
        // Of somebody who is gone there is only what stands among all private messages.
        const about = gone ? {} : { with: name };
        return this.get(key) ?? this.#add({ key, name, isPrivate: true, isOpen: !gone, about });
    }

    /** A message that was said, or missed; of somebody that nothing was heard of before, a conversation is made. */
    message(message) {
        const place = this.#of(message);
        if (!place) return undefined;
        this.#reopen(place.key);
        place.log.message(message);
        this.#count(place, [message]);
        return place;
    }

    /** A message is deleted. */
    removed({ message, id }) {
        for (const place of this.all) {
            place.log.remove(message, id);
            place.unread.delete(message);
            this.#count(place, []);
        }
    }

    /** An answer to `history`, or the newest messages of a room. */
    page(page) {
        if (page.room === undefined && page.with === undefined) return this.#privates(page);
        const place = this.get(page.room ?? conversationKey(page.with));
        if (!place) return;
        // The same person under a name of before.
        if (place.isPrivate) {
            const same = this.all.find((other) => other !== place && other.isPrivate && page.messages.some(({ seq }) => other.log.has(seq)));
            if (same && same.name !== place.name) this.remove(same.key);
        }
        this.#put(place, page);
    }

    #of(message) {
        const key = keyOf(message);
        return this.get(key) ?? (message.room === undefined ? this.conversation(key.slice(1), message.gone) : undefined);
    }

    /** Private messages of all conversations: each gets its own, and the newest conversations are made. */
    #privates(page) {
        const closed = this.#store.closed;
        const missing = new Map();
        for (const message of page.messages.toReversed()) {
            const key = keyOf(message);
            if (!this.get(key) && !missing.has(key) && message.seq > (closed[key] ?? 0)) missing.set(key, message);
        }
        for (const message of [...missing.values()].slice(0, RETURNING)) this.#of(message);
        const start = page.messages[0]?.seq;
        for (const place of this.all.filter(({ isPrivate }) => isPrivate)) {
            this.#put(place, { ...page, start, messages: page.messages.filter((message) => keyOf(message) === place.key) });
        }
    }

    #put(place, page) {
        place.log.page(page);
        if (page.before === undefined) this.#count(place, page.messages);
    }

    select(key) {
        this.shown?.log.show(false);
        this.current = this.#places.has(key) ? key : null;
        const place = this.shown;
        if (place) this.#reopen(key);
        this.#on.selected(place);
        place?.log.show(true);
        this.seen();
    }

    /** What is shown is being read. */
    seen() {
        const place = this.shown;
        if (!place || !this.#on.isRead(place.key)) return;
        this.#read.mark(place.key, Math.max(place.log.highest, ...place.unread));
        place.unread.clear();
        this.#on.unread(place.key, 0);
    }

    /** Another tab of the browser may have read on. */
    readElsewhere() {
        this.#read.reload();
        for (const place of this.all) this.#count(place, []);
    }

    /** Closes a conversation: it is not there after a reload, unless something comes after this. */
    close(key) {
        const place = this.get(key);
        this.#store.closed = { ...this.#store.closed, [key]: Math.max(place.log.highest, 0) };
        this.remove(key);
    }

    remove(key) {
        const place = this.get(key);
        if (!place) return;
        this.#places.delete(key);
        place.log.element.remove();
        this.#on.removed(place);
        if (key === this.current) this.select(this.all[0]?.key);
    }

    /** Somebody has another name. */
    renamed(was, name) {
        const place = this.get(conversationKey(was));
        if (!place) return;
        const isShown = this.current === place.key;
        this.#read.mark(conversationKey(name), this.#read.last(place.key));
        const next = this.conversation(name);
        if (isShown) this.select(next.key);
        this.remove(place.key);
    }

    /** Nobody has this name any more: one can read what was said, and write no more. */
    gone(name) {
        const place = this.get(conversationKey(name));
        if (!place) return;
        place.isOpen = false;
        place.log.page({ messages: [], before: place.log.start ?? 0, more: false });
        if (place === this.shown) this.#on.selected(place);
    }

    #add(place) {
        Object.assign(place, { unread: new Set() });
        place.log = new Log(t("messagesIn", { room: place.name }), {
            load: (page) => this.#on.load(place, page),
            newestCome: !place.isPrivate,
            write: this.#on.write,
        });
        this.#places.set(place.key, place);
        this.#on.added(place);
        return place;
    }

    #count(place, messages) {
        const last = this.#read.last(place.key);
        for (const { own, seq } of messages) if (!own) place.unread.add(seq);
        for (const seq of place.unread) if (seq <= last) place.unread.delete(seq);
        if (place.key === this.current && this.#on.isRead(place.key)) this.seen();
        else this.#on.unread(place.key, place.unread.size);
    }

    #reopen(key) {
        const { [key]: closed, ...others } = this.#store.closed;
        if (closed !== undefined) this.#store.closed = others;
    }
}
