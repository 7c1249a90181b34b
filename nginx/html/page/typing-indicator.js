// Shows who is typing in the selected room.

import { $ } from "./dom.js";
import { tNodes } from "./i18n.js";

/** How long (ms) a `typing` event counts. A user who continues sends one every 2 s. */
const TIMEOUT_MS = 4_000;

export class TypingIndicator {
    /** For each room, the timer of each typing user. */
    #rooms = new Map();
    #selectedRoom = null;

    start({ room, from }) {
        this.stop(room, from);
        const users = this.#rooms.get(room) ?? new Map();
        users.set(from, setTimeout(() => this.stop(room, from), TIMEOUT_MS));
        this.#rooms.set(room, users);
        this.#draw();
    }

    stop(room, from) {
        const users = this.#rooms.get(room);
        clearTimeout(users?.get(from));
        if (users?.delete(from)) this.#draw();
    }

    select(room) {
        this.#selectedRoom = room;
        this.#draw();
    }

    #draw() {
        const [a, b, c] = [...this.#rooms.get(this.#selectedRoom)?.keys() ?? []];
        const nodes = a === undefined ? [] : b === undefined ? tNodes("typing1", { a })
            : c === undefined ? tNodes("typing2", { a, b }) : tNodes("typing3");
        $("typing-indicator").replaceChildren(...nodes);
    }
}
