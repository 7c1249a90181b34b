// The system's notifications. Of the tabs of a browser one shows a message; a notification closes when its message is read, here, in
// another tab or on another device. The browser is only asked for the permission when the user wants notifications.

import { isEmbedded } from "./embed.js";
import { INSTANCE } from "./instance.js";
import { settings } from "./settings.js";

/** The most that are open at once; the oldest one gives way. */
const MAX_OPEN = 10;
/** For so long after a message no other tab shows it (ms). Hidden tabs may be slow. */
const CLAIM_MS = 10_000;
const MAX_BODY = 200;
const LOCK = `chatrelay notification ${INSTANCE}`;

settings.define("notifications", ["off", "on"]);
settings.define("sound", ["off", "on"]);

/** Where there is none, as over plain HTTP, notifications are not possible. */
const api = () => globalThis.Notification;

function showByWorker(title, options) {
    const registration = navigator.serviceWorker?.getRegistration();
    void registration?.then((worker) => worker?.showNotification(title, options));
    const shown = async () => await (await registration)?.getNotifications({ tag: options.tag }) ?? [];
    return { close: async () => { for (const each of await shown()) each.close(); } };
}

export class Notifications {
    /** {notification, key} by sequence number, oldest first. */
    #open = new Map();

    /** "unavailable" | "off" | "blocked" | "on" */
    get state() {
        if (!api()) return "unavailable";
        if (api().permission === "denied") return "blocked";
        return settings.get("notifications") === "on" && api().permission === "granted" ? "on" : "off";
    }

    /** Whether the user has not decided yet. */
    get isUndecided() { return !isEmbedded && api()?.permission === "default" && settings.get("notifications") === "off"; }

    /** After a click of the user: asks the browser, if it has not been asked. @returns the state */
    async turnOn() {
        if (api() && await api().requestPermission() === "granted") settings.set("notifications", "on");
        else settings.set("notifications", "off");
        return this.state;
    }

    /** Runs an action in one of the tabs that have received the message. */
    async claim(seq, action) {
        if (!navigator.locks) return action();
        await navigator.locks.request(`${LOCK} ${seq}`, { ifAvailable: true }, async (lock) => {
            if (!lock) return;
            action();
            await new Promise((resolve) => setTimeout(resolve, CLAIM_MS));
        });
    }

    /** @param {{seq: number, key: string, title: string, body: string, address: string, clicked()}} message `key`: of its channel */
    show({ seq, key, title, body, address, clicked }) {
        if (this.state !== "on") return;
        // The tag merges what two tabs show in spite of the lock.
        const options = { body: body.slice(0, MAX_BODY), tag: `chatrelay ${seq}`, icon: new URL("icons/icon-192.png", INSTANCE).href };
        let notification;
        try {
            notification = new (api())(title, options);
        } catch {
            // Browsers of phones allow them only to a service worker, which opens the address (service-worker.js).
            notification = showByWorker(title, { ...options, data: address });
        }
        notification.onclick = () => { notification.close(); clicked(); };
        notification.onclose = () => this.#open.delete(seq);
        this.#open.set(seq, { notification, key });
        for (const [oldest] of [...this.#open].slice(0, -MAX_OPEN)) this.close(oldest);
    }

    close(seq) {
        this.#open.get(seq)?.notification.close();
        this.#open.delete(seq);
    }

    /** The messages of a channel are read up to a sequence number. */
    closeUpTo(key, last) {
        for (const [seq, { key: other }] of [...this.#open]) if (other === key && seq <= last) this.close(seq);
    }
}
