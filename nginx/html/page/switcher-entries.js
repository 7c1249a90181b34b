// What the switcher offers: the channels, those with unread messages first; then the people of the rooms, and the server's other rooms.

import { ROOM_NAME } from "../chatrelay/text.js";

/** @returns the handlers `entries` and `newRoom` of the switcher */
export function switcherEntries({ channels, channelList, members, roomsDialog, openConversation, enterRoom }) {
    function entries() {
        const open = channelList.keys().map((key) => {
            const { label: name, user, isPrivate } = channels().get(key);
            return {
                name, id: isPrivate ? undefined : key, user, kind: isPrivate ? "conversation" : "room", ...channelList.unread(key), isSelected: key === channels().selectedKey,
                open: () => channels().select(key),
            };
        });
        const weight = ({ unread, mentions, isSelected }) => isSelected ? -1 : mentions ? 2 : unread ? 1 : 0;
        open.sort((a, b) => weight(b) - weight(a));
        const isOpen = (name, user) => open.some((entry) => entry.kind === "conversation" && (user === undefined ? entry.name === name : entry.user === user));
        const people = members.people.filter(({ name, user }) => !isOpen(name, user))
            .map((person) => ({ ...person, kind: "person", open: () => openConversation(person) }));
        const rooms = roomsDialog.rooms.filter(({ room }) => !channels().get(room)?.isOpen)
            .map(({ room, title }) => ({ name: title ?? room, id: room, kind: "otherRoom", open: () => enterRoom(room) }));
        return [...open, ...people, ...rooms];
    }

    /** "My Room" becomes "my-room", as in the dialog of the rooms. */
    function newRoom(text) {
        const name = text.trim().replace(/^#/, "").toLowerCase().replace(/[\s_]+/g, "-");
        const isKnown = channels().get(name) || roomsDialog.rooms.some(({ room }) => room === name);
        return ROOM_NAME.test(name) && !isKnown ? { name, kind: "newRoom", open: () => enterRoom(name) } : undefined;
    }

    return { entries, newRoom };
}
