// The names of users by their ids, as far as events have told them. A name may change, and then belong to somebody else.

export class Users {
    #names = new Map();

    /** @param {number} [id] undefined from a server without ids @param {string} [name] */
    set(id, name) { if (id !== undefined && name !== undefined) this.#names.set(id, name); }

    /** @returns {string | undefined} the last known name */
    name(id) { return this.#names.get(id); }

    /** {name, user} of all. */
    get all() { return [...this.#names].map(([user, name]) => ({ name, user })); }

    /** Learns the names in an event of the library. */
    learn({ type, user, from, peer, to, name, with: other, names, ids, messages }) {
        if (type === "who" && ids) ids.forEach((id, i) => this.set(id, names[i]));
        else if (type === "who") this.set(user, other);
        else if (type === "history" || type === "found") for (const message of messages) this.learn(message);
        else if (type === "system" || type === "welcome") this.set(user, name);
        else this.set(user, from);
        if (type === "private") this.set(peer, to);
    }
}
