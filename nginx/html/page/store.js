// What the browser remembers between visits: the chosen name, the rooms, how far one has read, and which conversations were
// closed. Storage may be forbidden or full; then nothing is remembered, and all else works.

import { ROOM_NAME } from "../chatrelay.js";
import { Keep } from "../chatrelay/keep.js";

const keep = new Keep("chatrelay.");

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const numbers = (value) => Object.fromEntries(Object.entries(isObject(value) ? value : {}).filter(([, n]) => Number.isFinite(n)));

export const store = {
    get name() {
        const name = keep.get("name");
        return typeof name === "string" && name ? name : undefined;
    },
    set name(name) { keep.set("name", name); },

    get rooms() {
        const rooms = keep.get("rooms");
        return Array.isArray(rooms) ? rooms.filter((room) => ROOM_NAME.test(room)) : [];
    },
    set rooms(rooms) { keep.set("rooms", rooms); },

    /** {ledger?: string, base: number, places: {[key]: number}} (page/read.js). */
    get read() {
        const { ledger, base, places } = keep.get("read") ?? {};
        return typeof ledger === "string" && Number.isFinite(base) ? { ledger, base, places: numbers(places) } : { base: 0, places: {} };
    },
    set read(read) { keep.set("read", read); },

    /** {[key]: number}: up to which message a conversation was closed. */
    get closed() { return numbers(keep.get("closed")); },
    set closed(closed) { keep.set("closed", closed); },

    /** One is somebody else from here on. */
    forget() { for (const key of ["name", "read", "closed"]) keep.set(key, undefined); },
};
