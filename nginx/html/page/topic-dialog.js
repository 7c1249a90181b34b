// The dialog with a room's title and topic, which everybody in the room can set unless the administrator does not allow it.

import { $ } from "./dom.js";
import { errorText } from "./dialogs.js";
import { t } from "./i18n.js";
import { notice } from "./notices.js";

/** One line: the server refuses a line break, and white space at the ends shows nothing. */
const oneLine = (text) => text.replace(/\s+/g, " ").trim();

export class TopicDialog {
    #dialog = $("topic-dialog");
    #chat;
    #channel;
    /** The id of the change that the server has not answered. */
    #id;

    constructor({ chat, channel }) {
        this.#chat = chat;
        this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close());
        for (const id of ["open-topic", "menu-topic"]) $(id).addEventListener("click", () => this.#open(channel()));
        $("topic-form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#submit();
        });
        $("topic-input").addEventListener("keydown", (event) => {
            if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
            event.preventDefault();
            this.#submit();
        });
        for (const type of ["topic", "ack"]) chat.addEventListener(type, ({ detail }) => { if (detail.id === this.#id) this.#dialog.close(); });
    }

    /** Sets the topic without the dialog. @returns {boolean} false without a connection */
    setTopic({ name }, topic) {
        this.#id = this.#chat.setTopic(name, { topic: oneLine(topic) });
        return this.#id !== undefined;
    }

    /** @returns {boolean} whether the error is about a change of a topic */
    refused(error) {
        if (this.#id === undefined || error.id !== this.#id) return false;
        this.#id = undefined;
        if (this.#dialog.open) this.#setError(errorText(error));
        else notice(errorText(error));
        return true;
    }

    #open(channel) {
        this.#channel = channel;
        this.#id = undefined;
        this.#setError("");
        $("topic-room").textContent = channel.name;
        $("title-input").value = channel.title;
        $("topic-input").value = channel.topic;
        this.#dialog.showModal();
    }

    #submit() {
        const { name, title, topic } = this.#channel;
        const wanted = { title: oneLine($("title-input").value), topic: oneLine($("topic-input").value) };
        // Only what was changed here: somebody else may change the other.
        const changed = { ...wanted.title !== title && { title: wanted.title }, ...wanted.topic !== topic && { topic: wanted.topic } };
        if (Object.keys(changed).length === 0) return this.#dialog.close();
        this.#id = this.#chat.setTopic(name, changed);
        this.#setError(this.#id === undefined ? t("needsConnection") : "");
    }

    #setError(text) { $("topic-error").textContent = text; }
}
