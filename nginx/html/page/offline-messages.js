// Keeps the last messages of each channel on this device, and shows them where the page opens without a connection. The first
// messages from the server replace them. They are deleted with the user's other data (local-state.js). Whoever uses this
// profile of the browser can read them, as after a visit to the page.

import { INSTANCE } from "./instance.js";

const CACHE = `chatrelay ${INSTANCE} messages`;
const KEY = new URL("offline-messages", INSTANCE).href;
const MAX_CHANNELS = 20;
const MAX_MESSAGES = 50;
/** The most characters of text that are kept of a channel. */
const MAX_LENGTH = 100_000;
/** The time from a change until it is kept (ms). */
const DELAY_MS = 3_000;
/** So long the page waits for a connection until it shows what is kept (ms). */
const PATIENCE_MS = 4_000;
/** The close code of a device that is signed out (PROTOCOL.md). */
const SIGNED_OUT = 4202;

/** Deletes what is kept. */
export async function forgetMessages() {
    try { await globalThis.caches?.delete(CACHE); } catch { /* forbidden */ }
}

export class OfflineMessages {
    #chat;
    #channels;
    #shown;
    #timer = null;
    #hasWelcome = false;
    /** The user whose kept messages are shown. */
    #user;

    /** @param {{chat, channels: Channels, shown(kept: {name: string} | null)}} app `shown`: kept messages are shown now, or no longer */
    constructor({ chat, channels, shown }) {
        this.#chat = chat;
        this.#channels = channels;
        this.#shown = shown;
        if (!globalThis.caches) return;
        const on = (type, action) => chat.addEventListener(type, ({ detail }) => action(detail));
        for (const type of ["message", "private", "edited", "reaction", "deleted", "history", "left"]) on(type, () => this.#changed());
        on("welcome", (welcome) => this.#welcomed(welcome));
        on("state", ({ state, code }) => {
            if (state === "offline") void this.#show();
            if (code === SIGNED_OUT) void forgetMessages();
        });
        setTimeout(() => this.#show(), PATIENCE_MS);
        addEventListener("visibilitychange", () => { if (document.hidden && this.#timer !== null) void this.#keep(); }, { capture: true });
    }

    #changed() { this.#timer ??= setTimeout(() => this.#keep(), DELAY_MS); }

    async #keep() {
        clearTimeout(this.#timer);
        this.#timer = null;
        const { user, name, state } = this.#chat;
        if (state.state !== "online") return;
        const isKept = ({ isLeftOver, isOpen }) => isOpen && !isLeftOver;
        const channels = this.#channels.all.filter(isKept).slice(0, MAX_CHANNELS).map((channel) => ({
            name: channel.name, user: channel.user, isPrivate: channel.isPrivate, messages: bounded(channel.list.newest(MAX_MESSAGES)),
        }));
        try {
            await (await caches.open(CACHE)).put(KEY, Response.json({ user, name, channels }));
        } catch { /* full, or forbidden */ }
    }

    async #show() {
        if (this.#hasWelcome || this.#user !== undefined || this.#chat.state.state === "closed") return;
        let kept;
        try { kept = await (await (await caches.open(CACHE)).match(KEY))?.json(); } catch { return; }
        if (!Array.isArray(kept?.channels) || this.#hasWelcome || this.#user !== undefined) return;
        this.#user = kept.user ?? null;
        const rooms = this.#chat.rooms;
        for (const { name, user, isPrivate, messages } of kept.channels) {
            if (!isPrivate && rooms.length > 0 && !rooms.includes(name)) continue;
            const channel = isPrivate ? this.#channels.conversation({ name, user }) : this.#channels.room(name);
            channel.isKept = true;
            this.#channels.addPage({ isKept: true, ...isPrivate ? { with: name, user } : { room: name }, messages, more: true });
        }
        if (!this.#channels.selected && this.#channels.all.length) this.#channels.select(this.#channels.all[0].key);
        this.#shown(kept);
    }

    /** The pages that follow replace what is shown (channels.js). */
    #welcomed({ user }) {
        this.#hasWelcome = true;
        if (this.#user === undefined) return;
        this.#shown(null);
        if (this.#user === (user ?? null)) return;
        // Another user than the last one on this device.
        for (const { key, isKept } of this.#channels.all) if (isKept) this.#channels.remove(key);
        void forgetMessages();
    }
}

/** The newest messages that are not too long together. */
function bounded(messages) {
    let length = 0;
    return messages.slice(messages.findLastIndex(({ text }) => (length += text.length) > MAX_LENGTH) + 1);
}
