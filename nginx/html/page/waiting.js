// The own messages that are not acknowledged: they wait below all others, until they have a place among them.

import { h } from "./dom.js";
import { pendingLine } from "./entries.js";

export class Waiting {
    element = h("ol", { className: "lines waiting" });
    #lines = new Map();

    get size() { return this.#lines.size; }

    /** A message as it is now. `actions`: what its buttons do. @returns {boolean} whether it was not here before */
    put(from, message, actions) {
        const line = pendingLine(from, message, actions);
        const before = this.#lines.get(message.id);
        if (before) before.replaceWith(line);
        else this.element.append(line);
        this.#lines.set(message.id, line);
        return !before;
    }

    /** It has a place, or is given up. */
    settle(id) {
        this.#lines.get(id)?.remove();
        this.#lines.delete(id);
    }
}
