// What the browser stores between visits: the requested name, the rooms, the read markers, the closed conversations, and
// the settings.

import { ROOM_NAME } from "../chatrelay/text.js";
import { Storage } from "../chatrelay/storage.js";
import { clearDrafts } from "./drafts.js";
import { INSTANCE } from "./instance.js";
import { forgetMessages } from "./offline-messages.js";

const storage = new Storage(`chatrelay ${INSTANCE} `);

/** Takes over the values of earlier versions, whose keys did not name the instance. */
function migrate() {
    const earlier = new Storage("chatrelay.");
    for (const key of ["name", "rooms", "read", "closed"]) {
        const value = earlier.get(key);
        if (value === undefined) continue;
        if (storage.get(key) === undefined) storage.set(key, value);
        earlier.set(key, undefined);
    }
    // Their WebSocket was at the root of the host. A token of another instance does no harm: the server does not know it.
    const [before, now] = ["/ws", "ws"].map((path) => new Storage(`chatrelay ${new URL(path, INSTANCE).href.replace("http", "ws")} `));
    if (now.get("token") === undefined && before.get("token") !== undefined) now.set("token", before.get("token"));
}

migrate();

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const numbers = (value) => Object.fromEntries(Object.entries(isObject(value) ? value : {}).filter(([, n]) => Number.isFinite(n)));

export const localState = {
    get name() {
        const name = storage.get("name");
        return typeof name === "string" && name.trim() ? name : undefined;
    },
    set name(name) { storage.set("name", name); },

    get rooms() {
        const rooms = storage.get("rooms");
        return Array.isArray(rooms) ? rooms.filter((room) => ROOM_NAME.test(room)) : [];
    },
    set rooms(rooms) { storage.set("rooms", rooms); },

    /** {ledger?: string, base: number, places: {[channel key]: number}} (read-markers.js). */
    get readMarkers() {
        const { ledger, base, places } = storage.get("read") ?? {};
        return typeof ledger === "string" && Number.isFinite(base) ? { ledger, base, places: numbers(places) } : { base: 0, places: {} };
    },
    set readMarkers(markers) { storage.set("read", markers); },

    /** {[channel key]: number}: the newest message of a conversation when the user closed it. */
    get closed() { return numbers(storage.get("closed")); },
    set closed(closed) { storage.set("closed", closed); },

    /** {[channel key]: level} (attention.js). */
    get levels() {
        const levels = storage.get("levels");
        return isObject(levels) ? levels : {};
    },
    set levels(levels) { storage.set("levels", levels); },

    /** Whether the user has been asked about notifications. */
    get isNotificationOffered() { return storage.get("notifications offered") === true; },
    set isNotificationOffered(isOffered) { storage.set("notifications offered", isOffered); },

    /** {[key]: value} (settings.js). */
    get settings() {
        const settings = storage.get("settings");
        return isObject(settings) ? settings : {};
    },
    set settings(settings) { storage.set("settings", settings); },

    /** Removes what belongs to the user, before this browser becomes another user. */
    clearUser() {
        for (const key of ["name", "rooms", "read", "closed", "levels"]) storage.set(key, undefined);
        clearDrafts();
        void forgetMessages();
    },
};
