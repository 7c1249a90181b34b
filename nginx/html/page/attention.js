// What calls the user: notifications, sound, badges. For each channel the user chooses: all messages, mentions, or nothing.

import { linkOf } from "./address.js";
import { playChime } from "./chime.js";
import { $, announce } from "./dom.js";
import { showBadges } from "./favicon.js";
import { t, tNodes } from "./i18n.js";
import { isMentioned } from "./mentions.js";
import { ask, notice } from "./notices.js";
import { Notifications } from "./notifications.js";
import { settings } from "./settings.js";

export const LEVELS = ["all", "mentions", "nothing"];
/** A message that is older when it arrives, after a break, calls nobody (ms). */
const MAX_AGE_MS = 5 * 60_000;
/** The time for another tab, or another device, to read the message (ms). */
const SETTLE_MS = 500;

export class Attention {
    #app;
    #notifications = new Notifications();
    /** {count, mentions} of each channel. */
    #unread = new Map();

    /**
     * @param {{channels(): Channels, isBeingRead(key): boolean, lastRead(channel): number, localState, self(): number | undefined,
     *   now(): number, open(channel, seq), shown(key, unread: {count, mentions, isMuted})}} app `lastRead`: as the server and all tabs know it;
     *   `shown`: what the list of channels shows
     */
    constructor(app) {
        this.#app = app;
        settings.addEventListener("change", ({ detail: { key, value } }) => { if (key === "notifications" && value === "on") app.localState.isNotificationOffered = true; });
    }

    /** @returns {"all" | "mentions" | "nothing"} */
    level({ key, isPrivate }) {
        const level = this.#app.localState.levels[key];
        return LEVELS.includes(level) ? level : isPrivate ? "all" : "mentions";
    }

    setLevel(channel, level) {
        this.#app.localState.levels = { ...this.#app.localState.levels, [channel.key]: level };
        this.#show(channel.key);
    }

    /** The unread messages of a channel have changed: there are new ones, or some were read. */
    unreadChanged(key, count, mentions) {
        this.#unread.set(key, { count, mentions });
        const channel = this.#app.channels().get(key);
        if (channel) this.#notifications.closeUpTo(key, this.#app.lastRead(channel));
        this.#show(key);
    }

    /** Shows all again: the levels were changed in another tab. */
    refresh() { for (const { key } of this.#app.channels().all) this.#show(key); }

    removed(key) {
        this.#notifications.closeUpTo(key, Infinity);
        this.#unread.delete(key);
        this.#showBadges();
    }

    deleted(seq) { this.#notifications.close(seq); }

    /** A message has arrived that this user has not sent. */
    messageArrived(channel, message) {
        const { isBeingRead, self, now } = this.#app;
        const level = this.level(channel);
        const calls = level === "all" || level === "mentions" && isMentioned(message, self());
        if (!calls || isBeingRead(channel.key) || now() - message.at > MAX_AGE_MS) return;
        if (document.hidden || !document.hasFocus()) this.#offer(channel, message);
        setTimeout(() => this.#call(channel, message), SETTLE_MS);
    }

    #call(channel, message) {
        const isRead = () => message.seq <= this.#app.lastRead(channel) || !channel.list.message(message.seq);
        if (isRead()) return;
        void this.#notifications.claim(message.seq, () => {
            if (settings.get("sound") === "on") void playChime();
            const { label, isPrivate, key } = channel;
            const title = isPrivate ? message.from : t("messageIn", { name: message.from, channel: label });
            this.#notifications.show({
                seq: message.seq, key, title, body: message.text, address: linkOf(message),
                clicked: () => { window.focus(); this.#app.open(channel, message.seq); },
            });
        });
    }

    /** Offers notifications once, when the user has missed one for the first time. */
    #offer(channel, message) {
        const { localState } = this.#app;
        if (!this.#notifications.isUndecided || localState.isNotificationOffered) return;
        ask(tNodes(channel.isPrivate ? "offerPrivate" : "offerMention", { name: message.from }), [
            { label: t("turnOn"), isPrimary: true, run: () => void this.turnOn() },
            { label: t("notNow"), run: () => { localState.isNotificationOffered = true; } },
        ]);
    }

    /** The user wants notifications. */
    async turnOn() {
        const state = await this.#notifications.turnOn();
        if (state === "on") notice(t("notificationsOn"));
        else if (state !== "off") notice(t(`notifications-${state}`));
    }

    /** Adds the rows to the settings. @param {SettingsDialog} dialog */
    addSettings(dialog) {
        dialog.addChoice("notifications", "notifications");
        dialog.addChoice("notifications", "sound");
        $("settings-dialog").addEventListener("change", async ({ target: { name, value } }) => {
            if (name === "setting-sound" && value === "on") void playChime();
            if (name !== "setting-notifications" || value !== "on") return;
            const state = await this.#notifications.turnOn();
            explanation.textContent = state === "on" ? "" : t(`notifications-${state}`) ?? "";
            announce(explanation.textContent);
        });
        const explanation = document.createElement("p");
        explanation.className = "note";
        dialog.addRow("notifications", explanation);
        const state = this.#notifications.state;
        if (state === "unavailable" || state === "blocked") explanation.textContent = t(`notifications-${state}`);
    }

    #show(key) {
        const { count = 0, mentions = 0 } = this.#unread.get(key) ?? {};
        const channel = this.#app.channels().get(key);
        const isMuted = channel !== undefined && this.level(channel) === "nothing";
        this.#app.shown(key, isMuted ? { count: 0, mentions: 0, isMuted } : { count, mentions, isMuted });
        this.#showBadges();
    }

    #showBadges() {
        const counts = { unread: 0, calls: 0 };
        for (const [key, { count, mentions }] of this.#unread) {
            const channel = this.#app.channels().get(key);
            const level = channel ? this.level(channel) : "nothing";
            if (level === "nothing") continue;
            counts.unread += count;
            counts.calls += level === "all" ? count : mentions;
        }
        showBadges(counts);
    }
}
