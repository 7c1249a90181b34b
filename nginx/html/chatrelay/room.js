// One room of a client, with the events of this room alone. Its methods return promises of the answers.

export class Room extends EventTarget {
    #chat;
    #name;

    constructor(chat, name) {
        super();
        this.#chat = chat;
        this.#name = name;
    }

    get name() { return this.#name; }
    get isJoined() { return this.#chat.isJoined(this.#name); }

    join(options) { return this.#chat.promises.join(this.#name, options); }
    leave(options) { return this.#chat.promises.leave(this.#name, options); }
    send(text, options) { return this.#chat.promises.send(this.#name, text, options); }
    history(options) { return this.#chat.promises.history({ room: this.#name }, options); }
    search(text, options) { return this.#chat.promises.search(text, { ...options, room: this.#name }); }
    who(options) { return this.#chat.promises.who(this.#name, options); }
    setTopic(fields, options) { return this.#chat.promises.setTopic(this.#name, fields, options); }

    signal(data) { return this.#chat.signal(this.#name, data); }
    typing() { this.#chat.typing(this.#name); }
    read(seq) { this.#chat.read({ room: this.#name }, seq); }
    readUpTo() { return this.#chat.readUpTo({ room: this.#name }); }
}
