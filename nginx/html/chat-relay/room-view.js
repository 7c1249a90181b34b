// The view of one room in a <chat-relay>: connects the client with what the element shows.

import { h } from "../page/dom.js";
import { plainText } from "../page/markdown.js";
import { Composer } from "./composer.js";
import { ConnectionLine } from "./connection-line.js";
import { MessageLog } from "./message-log.js";
import { NameForm } from "./name-form.js";
import { pendingRow } from "./pending-row.js";

const TEMPORARY_ERRORS = new Set(["try-again", "rate-limited"]);
/** What a screen reader has not read yet of new messages stays at most so long (paragraphs). */
const MAX_SPOKEN = 10;

export class RoomView {
    #chat;
    #room;
    #translate;
    #emit;
    #log;
    #line;
    #composer;
    #nameForm;
    #title = h("bdi", {});
    #spoken = h("div", { className: "visually-hidden", role: "log", ariaLive: "polite" });
    #listeners = new AbortController();
    #isJoined;
    /** Whether the client had a position already, from which it goes on: then it does not get the newest messages by itself. */
    #mustAsk;
    /** What the server says of a message that it refuses, by id. */
    #refusals = new Map();
    /** The pending messages as they are shown. */
    #shownPending = "[]";

    /**
     * @param {{root: ShadowRoot, room: string, title?: string, translate, chat: ChatRelay, renew(), emit(type, detail)}} options `renew`: this browser
     *   became another user. `emit`: dispatches an event of the element.
     */
    constructor({ root, room, title, translate, chat, renew, emit }) {
        this.#chat = chat;
        this.#room = room;
        this.#translate = translate;
        this.#emit = emit;
        this.#isJoined = chat.state.state === "online" && chat.rooms.includes(room);
        this.#mustAsk = chat.user !== undefined && chat.state.state !== "online";
        const { t, lang } = translate;
        this.#log = new MessageLog({ translate, self: () => chat.user, load: (page) => chat.history({ room }, page) });
        this.#line = new ConnectionLine(translate, { connect: () => chat.connect(), join: () => chat.join(room, { create: true }), renew });
        this.#composer = new Composer(translate, {
            send: (text) => chat.send(room, text), typing: () => chat.typing(room), limit: () => chat.limits.text,
        });
        this.#nameForm = new NameForm(translate, chat);
        const section = h("section", { className: "room", lang, ariaLabel: `#${room}` },
            h("header", { part: "header" }, h("p", { part: "title", className: "title" }, this.#title), this.#line.state),
            this.#line.notice, h("div", { className: "log-frame" }, this.#log.element, this.#log.newest), this.#composer.element, this.#nameForm.element,
            this.#spoken);
        this.#setTitle(title);
        this.#spoken.ariaLabel = t("newest");
        root.replaceChildren(section);
        this.#listen();
        this.#stateChanged(chat.state);
        if (chat.user !== undefined) this.#nameForm.show();
    }

    stop() {
        this.#listeners.abort();
        this.#log.stop();
    }

    #listen() {
        const { signal } = this.#listeners;
        const on = (type, action) => this.#chat.addEventListener(type, ({ detail }) => action(detail), { signal });
        const onOwn = (type, action) => on(type, (detail) => { if (detail.room === this.#room) action(detail); });
        on("state", (state) => {
            this.#stateChanged(state);
            this.#emit("chat-relay-state", state);
        });
        on("welcome", (welcome) => this.#welcomed(welcome));
        onOwn("joined", (joined) => this.#joined(joined));
        onOwn("left", () => this.#left());
        onOwn("message", (message) => this.#messageArrived(message));
        onOwn("history", (page) => {
            this.#log.addPage(page);
            this.#drawPending();
        });
        for (const type of ["edited", "reaction", "deleted"]) on(type, (event) => this.#log.change(event));
        on("deleted", ({ message }) => {
            for (const each of [...this.#spoken.children]) if (each.dataset.seq === String(message)) each.remove();
            this.#drawPending();
        });
        onOwn("pending", () => this.#drawPending());
        onOwn("topic", (topic) => this.#topicChanged(topic));
        on("renamed", () => this.#nameForm.renamed());
        on("system", (event) => { if (event.room === undefined || event.room === this.#room) this.#showSystem(event); });
        on("error", (error) => this.#refused(error));
    }

    #stateChanged(state) {
        this.#line.show(state);
        if (state.state !== "online") this.#isJoined = false;
        this.#composer.isEnabled = state.state !== "closed" || state.code === undefined;
        if (state.state !== "online") this.#log.loadFailed();
        this.#drawPending();
    }

    #welcomed({ name, asked, anew }) {
        this.#nameForm.show();
        if (asked !== undefined && asked !== name) this.#composer.showError(this.#translate.t("nameReplaced", { asked, name }));
        if (!anew) return;
        this.#log.clear();
        this.#log.addSystem([this.#translate.t("anew")], this.#now);
    }

    #joined({ title }) {
        this.#setTitle(title);
        this.#line.showJoined();
        this.#isJoined = this.#composer.isEnabled = true;
        if (this.#mustAsk) this.#mustAsk = !this.#chat.history({ room: this.#room });
    }

    /** The user is not in the room any more, or can't enter it: the error that follows says why. */
    #left() {
        this.#isJoined = this.#composer.isEnabled = false;
        this.#line.showLeft();
    }

    #messageArrived(message) {
        this.#log.add(message);
        this.#drawPending();
        if (message.own) this.#composer.showError("");
        else this.#speak(this.#translate.t("spoken", { name: message.from, text: plainText(message.text) }), message.seq);
        this.#emit("chat-relay-message", message);
    }

    #speak(text, seq) {
        const paragraph = h("p", {}, text);
        paragraph.dataset.seq = seq;
        this.#spoken.append(paragraph);
        while (this.#spoken.childElementCount > MAX_SPOKEN) this.#spoken.firstElementChild.remove();
    }

    #topicChanged({ from: name, title, topic, at }) {
        if (title && title !== this.#title.textContent) this.#log.addSystem(this.#translate.nodes("titleSet", { name, title }), at);
        else if (topic) this.#log.addSystem(this.#translate.nodes("topicSet", { name, topic }), at);
        this.#setTitle(title);
    }

    #showSystem(event) {
        const { nodes } = this.#translate;
        switch (event.event) {
            case "joined": case "left": return this.#log.addSystem(nodes(event.event, event), event.at, true);
            case "renamed": return this.#log.addSystem(nodes("renamed", event), event.at);
            case "announcement":
                if (event.text === undefined) return;
                this.#log.addSystem([h("strong", {}, h("bdi", {}, event.text))], event.at);
                this.#speak(event.text, event.seq);
        }
    }

    #refused(error) {
        const { id, room, code } = error;
        // A message that failed says so itself.
        if (id !== undefined) {
            this.#refusals.set(id, error.message);
            return this.#drawPending();
        }
        if (room === this.#room) {
            this.#log.loadFailed();
            // The library enters again after an error that passes.
            if (!this.#isJoined) return TEMPORARY_ERRORS.has(code) ? undefined : this.#line.showRefused(this.#translate.error(error));
        } else if (room !== undefined || error.with !== undefined || error.user !== undefined) return;
        if (!this.#nameForm.refused(error)) this.#composer.showError(this.#translate.error(error));
    }

    #drawPending() {
        const pending = this.#chat.pending.filter(({ room }) => room === this.#room).map((each) => ({ ...each, message: this.#refusals.get(each.id) }));
        const isOnline = this.#chat.state.state === "online";
        const shown = JSON.stringify([pending, isOnline]);
        if (shown === this.#shownPending) return;
        this.#shownPending = shown;
        for (const id of this.#refusals.keys()) if (!pending.some((each) => each.id === id)) this.#refusals.delete(id);
        this.#log.setPending(pending.map((message) => pendingRow(message, this.#translate, {
            name: this.#chat.name, isOnline,
            retry: () => this.#chat.retry(message.id),
            discard: () => {
                this.#chat.discard(message.id);
                this.#drawPending();
                this.#composer.focus();
            },
        })));
        this.#line.setStoring(!pending.some(({ code, status }) => code === "try-again" && status === "pending"));
    }

    #setTitle(title) {
        const { t } = this.#translate;
        this.#title.textContent = title || `#${this.#room}`;
        this.#log.element.ariaLabel = t("messagesIn", { room: this.#title.textContent });
        this.#composer.placeholder = t("messageTo", { room: this.#title.textContent });
    }

    get #now() { return Date.now() + this.#chat.clockOffset; }
}
