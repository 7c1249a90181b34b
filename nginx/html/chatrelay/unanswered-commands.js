// The commands that the server has not answered. After a crash of the server the session sends them again, because the next
// server process does not know them. After a lost connection it does not: the page sees the state and asks again itself.

/** For each command type, the type of its answer. */
const ANSWERS = {
    join: "joined", leave: "left", rename: "renamed", who: "who", rooms: "rooms", history: "history", search: "found",
    topic: "topic", devices: "devices", "sign-out": "signed-out", link: "link", recovery: "recovery",
    presence: "presence",
};

/** A key that is equal for a command and its answer. */
const keyOf = (answer, { room, user, with: name, before, text }) =>
    JSON.stringify([answer, room, user ?? name, before, answer === "found" ? text : null]);

export class UnansweredCommands {
    #commands = new Map();

    /** All commands, oldest first. */
    get all() { return [...this.#commands.values()]; }

    add(command) { this.#commands.set(keyOf(ANSWERS[command.type], command), command); }

    /** Removes the command that the event answers, if any. */
    received(event) {
        if (event.id !== undefined) {
            for (const [key, { id }] of this.#commands) if (id === event.id) this.#commands.delete(key);
            return;
        }
        if (event.type !== "error") {
            // An answer has the id and the name of a user, its command only one of them.
            for (const form of [event, { ...event, user: undefined }]) this.#commands.delete(keyOf(event.type, form));
            return;
        }
        // An error names its room or user, but not its command. So remove all commands for them.
        for (const [key, command] of this.#commands) {
            const isSame = command.room === event.room && command.with === event.with && command.user === event.user;
            if (isSame) this.#commands.delete(key);
        }
    }

    clear() { this.#commands.clear(); }
}
