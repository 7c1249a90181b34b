// The methods of a client as promises of their answers, each with a time-out.

import { booleanOf, devicesOf, pageOf, placeOf, placeOrAll, topicOf } from "./arguments.js";
import { roomName, textOf } from "./text.js";
import { timeoutOf } from "./waiting.js";

export class Promises {
    #chat;
    #answers;
    #requests;
    /** `before` of the next request for the newest messages. An answer repeats it, so it is not taken for another page. */
    #newest = Number.MAX_SAFE_INTEGER;

    constructor(chat, answers, requests) {
        this.#chat = chat;
        this.#answers = answers;
        this.#requests = requests;
    }

    connect(options) { return this.#answers.connect(timeoutOf(options)); }

    send(room, text, options = {}) { return this.#answerTo(() => this.#chat.send(room, text, options), options); }
    sendPrivate(to, text, options = {}) { return this.#answerTo(() => this.#chat.sendPrivate(to, text, options), options); }
    edit(seq, text, options) { return this.#answerTo(() => this.#chat.edit(seq, text), options); }
    remove(seq, options) { return this.#answerTo(() => this.#chat.remove(seq), options, { isDeletion: true }); }
    react(seq, emoji, on, options) { return this.#answerTo(() => this.#chat.react(seq, emoji, on), options); }

    join(room, { create, ...options } = {}) {
        booleanOf("create", create);
        return this.#request({ place: { room: roomName(room) }, command: "join", answers: ["joined"], send: () => this.#chat.join(room, { create }) }, options);
    }

    leave(room, options) {
        const isReady = () => true;
        return this.#request({ place: { room: roomName(room) }, isUrgent: true, command: "leave", answers: ["left"], isReady, send: () => this.#chat.leave(room) }, options);
    }

    setTopic(room, fields, options) {
        const topic = topicOf(fields);
        const send = () => this.#chat.setTopic(room, topic) ?? false;
        return this.#request({ place: { room: roomName(room) }, hasId: true, command: "topic", answers: ["topic", "ack"], isReady: this.#isIn(room), send }, options);
    }

    history(of, { before, limit, ...options } = {}) {
        const place = placeOrAll(of);
        const page = pageOf({ before: before ?? this.#newest--, limit });
        const matches = (answer) => answer.before === page.before;
        const send = () => this.#chat.history(place, page);
        const request = { place, command: "history", answers: ["history"], isReady: this.#isIn(place.room), matches, send };
        return this.#request(request, options).then(({ before: _, ...answer }) => ({ ...answer, ...before !== undefined && { before } }));
    }

    search(words, { before, limit, timeout, ...of } = {}) {
        const place = placeOrAll(of);
        const page = pageOf({ before, limit });
        const text = textOf("text", words);
        const matches = (answer) => answer.text === text && answer.before === before;
        const send = () => this.#chat.search(text, { ...place, ...page });
        return this.#request({ place, command: "search", answers: ["found"], isReady: this.#isIn(place.room), matches, send }, { timeout });
    }

    who(of, options) {
        const place = typeof of === "string" ? { room: roomName(of) } : placeOf(of);
        const send = () => this.#chat.who(place);
        return this.#request({ place, command: "who", answers: ["who"], isReady: this.#isIn(place.room), send }, options);
    }

    rename(name, options) {
        textOf("name", name);
        return this.#request({ command: "rename", answers: ["renamed"], send: () => this.#chat.rename(name) }, options);
    }

    setStatus(text, options) {
        if (text !== "") textOf("status", text);
        return this.#request({ command: "presence", answers: ["presence"], matches: ({ own }) => own, send: () => this.#chat.setStatus(text) }, options);
    }

    list(options) { return this.#request({ command: "rooms", answers: ["rooms"], send: () => this.#chat.list() }, options); }
    devices(options) { return this.#request({ command: "devices", answers: ["devices"], send: () => this.#chat.devices() }, options); }
    link(options) { return this.#request({ command: "link", answers: ["link"], send: () => this.#chat.link() }, options); }
    recovery(options) { return this.#request({ command: "recovery", answers: ["recovery"], send: () => this.#chat.recovery() }, options); }

    signOut(which, options) {
        const devices = devicesOf(which);
        return this.#request({ command: "sign-out", answers: ["signed-out"], send: () => this.#chat.signOut(devices) }, options);
    }

    #answerTo(start, options, kind) { return this.#answers.answerTo(start, timeoutOf(options), kind); }

    #request(request, options) { return this.#requests.add(request, timeoutOf(options)); }

    /** Whether a request about the room can be sent: the server would refuse it while the client is about to join. */
    #isIn(room) {
        const isOnline = () => this.#chat.state.state === "online";
        return () => isOnline() && (room === undefined || this.#chat.isJoined(room) || !this.#chat.rooms.includes(room));
    }
}
