// The rows of this user's unacknowledged messages, below all other rows.

import { h } from "./dom.js";
import { pendingRow } from "./row-elements.js";

export class PendingList {
    element = h("ol", { className: "rows pending-list" });
    #rows = new Map();
    /** The note of each row, by message id. */
    #notes = new Map();

    get size() { return this.#rows.size; }

    /** Adds or replaces the row of a message. `actions` are those of its buttons. @returns {boolean} whether it is new */
    put(from, message, actions) {
        const existing = this.#rows.get(message.id);
        const state = `${message.note} ${message.code} ${from}`;
        // A new row would take the focus from its buttons.
        if (existing && this.#notes.get(message.id) === state) return false;
        const row = pendingRow(from, message, actions);
        this.#notes.set(message.id, state);
        if (existing) existing.replaceWith(row);
        else this.element.append(row);
        this.#rows.set(message.id, row);
        return !existing;
    }

    remove(id) {
        this.#rows.get(id)?.remove();
        this.#rows.delete(id);
        this.#notes.delete(id);
    }
}
