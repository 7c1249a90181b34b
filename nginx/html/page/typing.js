// The line that says who is typing in the room that is shown.

import { $ } from "./dom.js";
import { parts } from "./i18n.js";

/** How long (ms) one `typing` counts: they come every 2 s from somebody who goes on. */
const LASTS_MS = 4_000;

export class Typing {
    #rooms = new Map();
    #current = null;

    heard({ room, from }) {
        this.stop(room, from);
        const people = this.#rooms.get(room) ?? new Map();
        people.set(from, setTimeout(() => this.stop(room, from), LASTS_MS));
        this.#rooms.set(room, people);
        this.#draw();
    }

    /** They have said it, or left. */
    stop(room, from) {
        const people = this.#rooms.get(room);
        clearTimeout(people?.get(from));
        if (people?.delete(from)) this.#draw();
    }

    select(room) {
        this.#current = room;
        this.#draw();
    }

    #draw() {
        const [a, b, c] = [...this.#rooms.get(this.#current)?.keys() ?? []];
        const said = a === undefined ? [] : b === undefined ? parts("typing1", { a })
            : c === undefined ? parts("typing2", { a, b }) : parts("typing3");
        $("typing").replaceChildren(...said);
    }
}
