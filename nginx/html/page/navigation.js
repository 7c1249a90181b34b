// The way through the channels: each place that the user goes to is an entry of the browser's history, so that Back and Forward work,
// and a reload stays at the place. An address may be opened before its channel is there.

import { addressOf, addressOfLink, parseAddress } from "./address.js";
import { $ } from "./dom.js";
import { isHere } from "./embed.js";
import { t } from "./i18n.js";
import { notice } from "./notices.js";

/** The address of the page, if it may be opened here. */
function addressHere() {
    const address = parseAddress(location.hash);
    return isHere(address) ? address : undefined;
}

/** It throws in a frame that may store nothing. */
function serviceWorker() {
    try { return navigator.serviceWorker; } catch { return undefined; }
}

export class Navigation {
    #handlers;
    /** The address that is being opened: {room | user | seq…, isStep}. `isStep`: it becomes an entry of the history. */
    #wanted;
    #channel;

    /**
     * @param {{channels: Channels, enterRoom(room: string), conversation(user: number): Channel, requestPrivate(page): boolean}} handlers
     *   `conversation`: a channel, added if missing. `requestPrivate` requests a page of all private messages; false without a connection.
     */
    constructor(handlers) {
        this.#handlers = handlers;
        this.#wanted = addressHere();
        addEventListener("popstate", () => {
            const address = addressHere();
            if (address) this.#open({ ...address, isStep: false, isTraversal: true });
        });
        // A click on a notification (service-worker.js).
        serviceWorker()?.addEventListener("message", ({ data }) => {
            const address = data?.type === "open" && parseAddress(new URL(data.address).hash);
            if (address && isHere(address)) this.#open({ ...address, isStep: true });
        });
        $("message-panes").addEventListener("click", (event) => {
            const link = event.target.closest("a[href]");
            const address = link && addressOfLink(link);
            if (!address || !isHere(address) || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
            event.preventDefault();
            this.#open({ ...address, isStep: true });
        });
    }

    /** The room that the page was opened at. */
    get room() { return this.#wanted?.room; }

    /** Opens a message, or without `seq` a channel. @param {Channel} channel @param {number} [seq] */
    open({ key, isPrivate, user }, seq) {
        this.#wanted = { key, ...isPrivate ? { user } : { room: key }, seq, isStep: true };
        this.#handlers.channels.select(key);
    }

    /** There is a connection. Opens what the page was opened at, if it is private: nothing has to be joined. */
    online() { if (this.#wanted && this.#wanted.room === undefined) this.#open(this.#wanted); }

    /** A page of all private messages has arrived, perhaps with the wanted one. */
    pageArrived({ room, with: name, user, before, messages }) {
        const { seq } = this.#wanted ?? {};
        if (!this.#isPrivateMessage || room !== undefined || name !== undefined || user !== undefined || before !== seq + 1) return;
        const message = messages.findLast((each) => each.seq === seq);
        if (!message) return this.cancel(t("messageNotFound"));
        const channel = this.#handlers.channels.conversationOf(message);
        Object.assign(this.#wanted, { key: channel.key });
        this.#handlers.channels.select(channel.key);
    }

    /** The wanted place can't be opened. @param {string} [reason] */
    cancel(reason) {
        this.#wanted = undefined;
        if (reason !== undefined) notice(reason);
        this.#write(addressOf(this.#channel), false);
    }

    /** The selected channel has changed, or has another name. @param {Channel} [channel] undefined if there is none */
    selected(channel) {
        const wanted = this.#take(channel);
        const before = this.#channel;
        this.#channel = channel;
        // The wanted place is still to come; the page has just been opened.
        if (this.#wanted || channel === undefined && before === undefined || channel === before && !wanted) return;
        const isStep = wanted ? wanted.isStep : before !== undefined && this.#handlers.channels.get(before.key) === before;
        this.#write(addressOf(channel, wanted?.seq), isStep);
        // The list is visible in a moment.
        if (wanted?.seq !== undefined) queueMicrotask(() => channel.list.goTo(wanted.seq));
        else if (wanted?.isTraversal && channel === before) channel.list.scrollToEnd();
    }

    #open(wanted) {
        const { channels, enterRoom, conversation, requestPrivate } = this.#handlers;
        const { room, user, seq } = this.#wanted = { ...wanted };
        if (this.#isPrivateMessage) return void requestPrivate({ before: seq + 1, limit: 1 });
        if (room !== undefined) return channels.get(room)?.isOpen ? channels.select(room) : enterRoom(room);
        this.#wanted.key = conversation(user).key;
        channels.select(this.#wanted.key);
    }

    get #isPrivateMessage() {
        return this.#wanted !== undefined && this.#wanted.room === undefined && this.#wanted.user === undefined && this.#wanted.key === undefined;
    }

    #take(channel) {
        const { key, room } = this.#wanted ?? {};
        if (channel === undefined || channel.key !== (key ?? room)) return undefined;
        const wanted = this.#wanted;
        this.#wanted = undefined;
        return wanted;
    }

    #write(fragment, isStep) {
        if (fragment === location.hash) return;
        history[isStep ? "pushState" : "replaceState"](null, "", location.pathname + location.search + fragment);
    }
}
