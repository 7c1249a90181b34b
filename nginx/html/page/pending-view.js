// Shows the unacknowledged messages in their channels, and says of each what the server has said.

import { belongsHere } from "./embed.js";

export class PendingView {
    #chat;
    #channels;
    #banner;
    #timer = null;

    constructor({ chat, channels, banner }) {
        this.#chat = chat;
        this.#channels = channels;
        this.#banner = banner;
    }

    /** Shows all messages anew, once for many events. */
    refresh() {
        this.#timer ??= setTimeout(() => {
            this.#timer = null;
            this.#draw();
        }, 0);
    }

    /** A message has changed. */
    show(message) {
        this.#draw([message]);
        this.refresh();
    }

    #draw(all = this.#chat.pending) {
        const messages = all.filter((message) => belongsHere("pending", message));
        /** The keys of the channels that have an earlier message. */
        const waiting = new Set();
        for (const message of messages) {
            const channel = this.#channelOf(message);
            const key = channel?.key;
            channel?.list.showPending(this.#chat.name ?? "", this.#described(message, waiting.has(key)), {
                retry: () => this.#chat.retry(message.id),
                discard: () => this.#discard(message),
            });
            if (message.status === "pending") waiting.add(key);
        }
        this.#banner.updatePending();
    }

    /** The message with its `note`, and with the server's time. */
    #described({ at, ...message }, hasEarlier) {
        const isOffline = this.#chat.state.state !== "online";
        const note = message.status === "failed" ? "failed" : isOffline ? "queued" : message.code === "try-again" ? "notStored"
            : hasEarlier ? "waitsForEarlier" : "sending";
        return { ...message, user: this.#chat.user, note, at: at + this.#chat.clockOffset };
    }

    /** A refused message of a room that this user is not in gets a channel, in which it can be read and discarded. */
    #channelOf(message) {
        const { rooms } = this.#chat;
        const existing = this.#channels.ofTarget(message);
        if (existing || message.status !== "failed" || message.room === undefined || rooms.includes(message.room)) return existing;
        const channel = this.#channels.closedRoom(message.room);
        // Else a joined room will be selected.
        if (rooms.length === 0 && !this.#channels.selected) this.#channels.select(channel.key);
        return channel;
    }

    #discard(message) {
        const channel = this.#channels.ofTarget(message);
        this.#chat.discard(message.id);
        channel?.list.removePending(message.id);
        if (channel?.isLeftOver && !this.#chat.pending.some(({ room }) => room === channel.name)) this.#channels.remove(channel.key);
        this.refresh();
    }
}
