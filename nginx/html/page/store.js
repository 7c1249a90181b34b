// What the browser remembers between visits: the chosen name and the rooms. Storage may be forbidden or full; then
// nothing is remembered, and all else works.

import { ROOM_NAME } from "../chatrelay.js";

const PREFIX = "chatrelay.";

function read(key) {
    try { return JSON.parse(localStorage.getItem(PREFIX + key)); } catch { return null; }
}

function write(key, value) {
    try { localStorage.setItem(PREFIX + key, JSON.stringify(value)); } catch { /* it will be asked again */ }
}

export const store = {
    get name() {
        const name = read("name");
        return typeof name === "string" && name ? name : undefined;
    },
    set name(name) { write("name", name); },
    get rooms() {
        const rooms = read("rooms");
        return Array.isArray(rooms) ? rooms.filter((room) => ROOM_NAME.test(room)) : [];
    },
    set rooms(rooms) { write("rooms", rooms); },
};
