// The client library of Chatrelay, for pages, workers and Node. It has no dependencies, and importing it does nothing else.
//
//     import { ChatRelay } from "/chatrelay.js";   // or from "chatrelay", the package
//     const chat = new ChatRelay({ name: "Ada", rooms: ["lobby"] });
//     const lobby = chat.room("lobby");
//     lobby.addEventListener("message", ({ detail }) => console.log(detail.from, detail.text));
//     chat.connect();
//     await lobby.send("Hello, world");   // sent when the room is joined, and again until the server acknowledges it
//
// chatrelay.d.ts documents every option, method and event. The methods of ChatRelay itself return at once, and their answers are
// events; those of `chat.promises` and of rooms return promises of the answers.
// Texts and names are not escaped: insert them as text, never as HTML.

import { Answers } from "./chatrelay/answers.js";
import { booleanOf, devicesOf, idOf, optionsOf, pageOf, placeOf, placeOrAll, topicOf } from "./chatrelay/arguments.js";
import { Client } from "./chatrelay/client.js";
import { ChatRelayError } from "./chatrelay/error.js";
import { TOKEN } from "./chatrelay/handshake.js";
import { Promises } from "./chatrelay/promises.js";
import { Requests } from "./chatrelay/requests.js";
import { Room } from "./chatrelay/room.js";
import { ROOM_NAME, roomName, seqOf, textOf } from "./chatrelay/text.js";

export { ChatRelayError, ROOM_NAME, Room, TOKEN };

/** The events of a room, which its Room gets, too. */
const ROOM_EVENTS = [
    "message", "edited", "deleted", "reaction", "topic", "history", "found", "pending", "error", "joined", "left", "system", "typing", "signal",
    "who", "read",
];

export class ChatRelay extends Client {
    #answers = new Answers(this);
    #requests = new Requests(this);
    #promises = new Promises(this, this.#answers, this.#requests);
    #rooms = new Map();

    constructor(options = {}) {
        super(optionsOf(options));
        for (const type of ROOM_EVENTS) {
            this.addEventListener(type, ({ detail }) => this.#rooms.get(detail.room)?.dispatchEvent(new CustomEvent(type, { detail })));
        }
    }

    get promises() { return this.#promises; }

    room(name) {
        roomName(name);
        if (!this.#rooms.has(name)) this.#rooms.set(name, new Room(this, name));
        return this.#rooms.get(name);
    }

    destroy() {
        this.#answers.destroy();
        this.#requests.destroy();
        super.destroy();
        this.#rooms.clear();
    }

    // What the page never gets wrong is checked here.

    become(token) {
        if (!TOKEN.test(token)) throw new TypeError("token must be one that `token` of a client was");
        super.become(token);
    }

    signIn(code) {
        if (code !== undefined) textOf("code.link or code.recovery", code?.link ?? code?.recovery);
        super.signIn(code);
    }

    signOut(which) { return super.signOut(devicesOf(which)); }

    retry(id) { super.retry(idOf(id)); }

    discard(id) {
        super.discard(idOf(id));
        this.#answers.discarded(id);
    }

    join(room, { create } = {}) { super.join(room, { create: booleanOf("create", create) }); }
    leave(room) { super.leave(roomName(room)); }
    typing(room) { super.typing(roomName(room)); }
    isJoined(room) { return super.isJoined(roomName(room)); }
    who(target) { return super.who(typeof target === "string" ? roomName(target) : placeOf(target)); }
    read(target, seq) { super.read(placeOf(target), seqOf("seq", seq)); }
    readUpTo(target) { return super.readUpTo(placeOf(target)); }

    setTopic(room, fields) { return super.setTopic(room, topicOf(fields)); }

    history(target, page) { return super.history(placeOrAll(target), pageOf(page)); }

    search(text, options) {
        const { before, limit, ...target } = options ?? {};
        return super.search(textOf("text", text), { ...placeOrAll(target), ...pageOf({ before, limit }) });
    }
}
