// What was asked and is not answered: after a crash of the server it is asked again, for nobody else knows of it. (Where the
// line breaks the page sees it, and asks by itself.)

/** What answers a command, by its type. */
const ANSWERS = { join: "joined", leave: "left", rename: "renamed", who: "who", rooms: "rooms", history: "history", search: "found" };

/** What tells one question from another: the same for it and its answer. */
const keyOf = (answer, { room, with: name, before, text }) => JSON.stringify([answer, room, name, before, answer === "found" ? text : null]);

export class Questions {
    #open = new Map();

    /** All that wait, in the order in which they were asked. */
    get all() { return [...this.#open.values()]; }

    asked(command) { this.#open.set(keyOf(ANSWERS[command.type], command), command); }

    /** An event came. */
    answered(event) {
        if (event.type !== "error") return void this.#open.delete(keyOf(event.type, event));
        if (event.id !== undefined) return;
        // It says what it is about, but not which question was wrong: none of them is worth a second refusal.
        for (const [key, command] of this.#open) {
            if (command.room === event.room && command.with === event.with) this.#open.delete(key);
        }
    }

    clear() { this.#open.clear(); }
}
