// Asks the server for the names of users who have reacted to a message and of whom no event has told the page.

export class NameRequests {
    #users;
    #ask;
    /** What to do once the name of a user is known, by its id. Each id is asked for once. */
    #waiting = new Map();
    /** Users who exist no longer. */
    #gone = new Set();

    /** @param {Users} users @param {(user: number) => void} ask sends `who`; the answer may never come */
    constructor(users, ask) {
        this.#users = users;
        this.#ask = ask;
    }

    /** Calls `known` when the name of each of the users has arrived. @param {number[]} ids */
    want(ids, known) {
        for (const id of ids) {
            if (this.#users.name(id) !== undefined || this.#gone.has(id)) continue;
            const actions = this.#waiting.get(id);
            if (actions) {
                actions.push(known);
                continue;
            }
            this.#waiting.set(id, [known]);
            this.#ask(id);
        }
    }

    /** The answer of `who`, after `users` has learned from it. */
    answered({ user }) {
        const actions = this.#waiting.get(user) ?? [];
        if (this.#users.name(user) === undefined) return;
        this.#waiting.delete(user);
        for (const action of new Set(actions)) action();
    }

    /** Requests without an answer are sent again when they are wanted. */
    forget() {
        this.#waiting.clear();
        this.#gone.clear();
    }

    /** @returns {boolean} whether the error answers a request for a name */
    refused({ code, user }) {
        if (code !== "no-such-user" || !this.#waiting.delete(user)) return false;
        this.#gone.add(user);
        return true;
    }
}
