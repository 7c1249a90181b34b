// The commands that people know from other chats, written instead of a message: /join, /topic. Each does what a button does. A line
// that begins like a command and is none is not posted, because it was not meant for all; "//text" posts "/text".

import { ROOM_NAME } from "../chatrelay/text.js";
import { t, tNodes } from "./i18n.js";

/** A command is one word after a slash. /usr/bin is a path. */
const COMMAND = /^\/([\p{L}\p{N}_-]+)(?=\s|$)\s*/u;

/** What a user types as the name of a room: "#My Room" becomes "my-room". */
export const roomNameOf = (text) => text.trim().replace(/^#/, "").toLowerCase().replace(/[\s_]+/g, "-");

export class Commands {
    #all;

    /**
     * @param {{join(room), leave(), rename(name), setTopic(text), write(words: string)}} actions `setTopic`: returns what was wrong.
     *   `write`: "name text" (`privateWriter`). A missing one is no command here.
     */
    constructor({ join, leave, rename, setTopic, write }) {
        this.#all = {
            help: () => ({ note: this.#help }),
            join: (text) => ROOM_NAME.test(roomNameOf(text)) ? void join(roomNameOf(text)) : { error: [t("errors.bad-room")] },
            leave,
            me: (text, send) => text ? void send(`*${text}*`) : this.#usage("me"),
            msg: (text) => text ? void write(text) : this.#usage("msg"),
            nick: (text) => text ? void rename(text) : this.#usage("nick"),
            topic(text) {
                const error = setTopic(text);
                return error && { error: [error] };
            },
        };
        if (!join) delete this.#all.join;
        if (!leave) delete this.#all.leave;
        if (!setTopic) delete this.#all.topic;
        if (!write) delete this.#all.msg;
    }

    /** {name, usage}, for the list of suggestions. */
    get all() { return Object.keys(this.#all).map((name) => ({ name, usage: t(`commands.${name}`) })); }

    /**
     * Runs the command of a text, or sends the text. @param {(text: string) => void} send
     * @returns {{error?: (string | Node)[], note?: string}} `error`: nothing was done
     */
    run(text, send) {
        const [found, name] = COMMAND.exec(text) ?? [];
        if (name === undefined) {
            send(text.startsWith("//") ? text.slice(1) : text);
            return {};
        }
        const command = Object.hasOwn(this.#all, name.toLowerCase()) ? this.#all[name.toLowerCase()] : undefined;
        if (!command) return { error: tNodes("unknownCommand", { command: `/${name}`, escaped: `/${text.split("\n", 1)[0].slice(0, 40)}`, known: this.#names }) };
        return command(text.slice(found.length).trim(), send) ?? {};
    }

    #usage(name) { return { error: [t("commandUsage", { usage: `/${name} ${t(`commands.${name}`)}` })] }; }
    get #names() { return Object.keys(this.#all).map((name) => `/${name}`).join(" "); }
    get #help() { return this.all.map(({ name, usage }) => `/${name} ${usage}`).join(" · "); }
}

/** @returns {(words: string) => void} writes "name text" to the user, or without a text only opens the conversation */
export const privateWriter = ({ users, chat, open }) => (words) => {
    const isNamed = ({ name }) => `${words} `.toLowerCase().startsWith(`${name.toLowerCase()} `);
    const [known] = users.all.filter(isNamed).sort((a, b) => b.name.length - a.name.length);
    const { name, user } = known ?? { name: words.split(/\s/, 1)[0] };
    const text = words.slice(name.length).trim();
    open({ name, user });
    if (text) chat.sendPrivate(user ?? name, text, { name });
};
