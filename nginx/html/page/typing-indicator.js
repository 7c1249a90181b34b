// Shows who is typing in the selected room.

import { $ } from "./dom.js";
import { tNodes } from "./i18n.js";

/** How long (ms) a `typing` event counts. A user who continues sends one every 2 s. */
const TIMEOUT_MS = 4_000;

export class TypingIndicator {
    /** For each room, the name and the timer of each typing user, by the user's id. */
    #rooms = new Map();
    #selectedRoom = null;

    start({ room, from, user = from }) {
        this.stop({ room, user });
        const users = this.#rooms.get(room) ?? new Map();
        users.set(user, { name: from, timer: setTimeout(() => this.stop({ room, user }), TIMEOUT_MS) });
        this.#rooms.set(room, users);
        this.#draw();
    }

    /** @param {{room: string, user?: number, from?: string}} event a message of the user, for example */
    stop({ room, from, user = from }) {
        const users = this.#rooms.get(room);
        clearTimeout(users?.get(user)?.timer);
        if (users?.delete(user)) this.#draw();
    }

    select(room) {
        this.#selectedRoom = room;
        this.#draw();
    }

    #draw() {
        const [a, b, c] = [...this.#rooms.get(this.#selectedRoom)?.values() ?? []].map(({ name }) => name);
        const nodes = a === undefined ? [] : b === undefined ? tNodes("typing1", { a })
            : c === undefined ? tNodes("typing2", { a, b }) : tNodes("typing3");
        $("typing-indicator").replaceChildren(...nodes);
    }
}
