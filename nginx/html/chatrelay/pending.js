// The messages that the server has not acknowledged. It owns them until their own event comes back, or they are given up.

/** Copied out at every step, so that nobody outside changes one. */
const shown = ({ written, ...message }) => message;

export class Pending {
    #messages = new Map();

    /** @returns {{id, room, text, at, status: "pending"}} a new message that waits to be written. */
    add(room, text) {
        // 128 random bits: unique for this sender for ever, which is what lets a server recognise a repeat.
        const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
        const message = { id, room, text, at: Date.now(), status: "pending", written: false };
        this.#messages.set(id, message);
        return shown(message);
    }

    /** Takes the messages of a room that wait to be written, in the order in which they were said. */
    *unwritten(room) {
        for (const message of this.#messages.values()) {
            if (message.room !== room || message.written || message.status !== "pending") continue;
            message.written = true;
            yield message;
        }
    }

    /** A failed message waits to be written again. @returns it, or undefined where there is none. */
    again(id) {
        const message = this.#messages.get(id);
        if (message?.status !== "failed") return undefined;
        delete message.code;
        return shown(Object.assign(message, { status: "pending", written: false }));
    }

    /** @returns the message, now failed for the reason `code`, or undefined where there is none. */
    fail(id, code) {
        const message = this.#messages.get(id);
        return message && shown(Object.assign(message, { status: "failed", code }));
    }

    /**
     * The connection broke: what was written may have arrived or not, so it fails and the user decides; what was not
     * stays. (Once the server remembers ids, all of it can be written again instead: exactly once.)
     * @returns those that failed.
     */
    lost() {
        const inDoubt = [...this.#messages.values()].filter((m) => m.written && m.status === "pending");
        return inDoubt.map((m) => this.fail(m.id, "lost"));
    }

    /** The event with this id and text came. @returns {boolean} whether it acknowledges a message of ours. */
    settle(id, text) {
        return this.#messages.get(id)?.text === text && this.#messages.delete(id);
    }

    /** The server has had the message with this id. @returns it, or undefined where there is none. */
    acknowledge(id) {
        const message = this.#messages.get(id);
        this.#messages.delete(id);
        return message && shown(message);
    }

    forget(id) {
        this.#messages.delete(id);
    }
}
