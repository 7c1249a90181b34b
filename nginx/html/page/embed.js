// The page in a frame of another page: `?embed=ROOM` shows that room alone, without the lists of rooms and people. What leads
// elsewhere is not there: private conversations, the switcher, the search, notifications.

import { ROOM_NAME } from "../chatrelay/text.js";

const wanted = new URLSearchParams(location.search).get("embed");

export const isEmbedded = wanted !== null;
/** The room. Undefined where it is not the name of one, and outside of a frame. */
export const embeddedRoom = ROOM_NAME.test(wanted ?? "") ? wanted : undefined;

/** Whether an address (address.js) may be opened here. @param {{room?: string}} [address] */
export const isHere = (address) => !isEmbedded || address?.room === embeddedRoom;

/** Whether an event of the library is about what the page shows. Events of other rooms arrive where messages wait for them. */
export function belongsHere(type, { room, to, with: name }) {
    if (!isEmbedded) return true;
    if (room !== undefined) return room === embeddedRoom;
    // Also the answer to the question for the name of one who has reacted.
    if (type === "who") return true;
    return to === undefined && name === undefined && !["private", "history", "found", "pending"].includes(type);
}

/** Takes the user's name out of the sidebar, which is hidden (style/layout.css), into the header of the room. */
export function moveName(nameButton) {
    if (isEmbedded) document.querySelector(".channel-header").append(nameButton);
}
