// The row of a stored message: its text, the quote of what it replies to, its reactions, and what waits for the server.

import { h } from "./dom.js";
import { foldIfLong } from "./fold.js";
import { t } from "./i18n.js";
import { isMentioned, mentionFinder } from "./mentions.js";
import { showText } from "./message-text.js";
import { reacted } from "./reacted.js";
import { reactionChips } from "./reactions.js";
import { messageRow } from "./row-elements.js";
import { fullTime } from "./times.js";

export class MessageRow {
    element;
    message;
    #context;
    #text;
    #reactions = h("ul", { className: "reactions", hidden: true });
    #note = h("p", { className: "note change-note", hidden: true });
    #fold = [];
    /** What the paragraph shows. An unchanged one is not made anew, because it may be unfolded or selected. */
    #shown;

    /**
     * @param {{from: string, text: string, at: number, own: boolean}} message of the library
     * @param {object} context of the list: `users`, `self()`, `changes(seq)` and `refusal(seq)` (message-changes.js), `quote(seq)`,
     *   `nameClicked(user)`, `reactionToggled(row, emoji, on)`,
     *   `namesWanted(users, known)`
     */
    constructor(message, context) {
        this.message = { ...message, reactions: message.reactions ?? [] };
        this.#context = context;
        this.element = messageRow(message, context.nameClicked);
        this.#text = this.element.querySelector(".message-text");
        this.element.classList.toggle("mentioned", isMentioned(message, context.self()));
        const body = this.element.querySelector(".message-body");
        if (message.re !== undefined) this.#text.before(context.quote(message.re));
        if (this.element.classList.contains("mentioned")) body.prepend(h("span", { className: "visually-hidden" }, t("mentionsYou")));
        body.append(this.#note, this.#reactions);
        this.element.dataset.seq = message.seq;
        this.draw();
    }

    /** Applies an `edited` or a `reaction` event. */
    change(event) {
        if (event.type === "edited") Object.assign(this.message, { text: event.text, edited: event.at });
        else this.message.reactions = reacted(this.message.reactions, event);
        this.draw();
    }

    /** The message as the server has it now. */
    replace({ text, edited, reactions = [] }) {
        Object.assign(this.message, { text, edited, reactions });
        this.draw();
    }

    /** The sequence number is void, so nothing can be done with the message. */
    disable() {
        delete this.element.dataset.seq;
        this.#reactions.inert = true;
    }

    draw() {
        const changes = this.#context.changes(this.message.seq);
        const refusal = this.#context.refusal(this.message.seq);
        this.#drawText(changes.findLast(({ type }) => type === "edit"));
        this.#drawReactions(changes.filter(({ type }) => type === "react"));
        const isDeleting = changes.some(({ type }) => type === "delete");
        this.element.classList.toggle("changing", changes.length > 0);
        this.#note.classList.toggle("error", refusal !== undefined);
        const note = isDeleting ? t("deleting") : changes.length ? t("saving") : "";
        this.#note.replaceChildren(...refusal ? refusal.nodes : [note]);
        this.#note.hidden = !refusal && note === "";
    }

    #drawText(edit) {
        const { text, edited } = { ...this.message, ...edit && { text: edit.text } };
        const shown = `${edited} ${text}`;
        if (shown === this.#shown) return;
        this.#shown = shown;
        for (const element of this.#fold) element.remove();
        this.#text.classList.remove("folded");
        showText(this.#text, text, mentionFinder(this.message, this.#context.users, this.#context.self()));
        this.#fold = foldIfLong(this.#text);
        this.#text.after(...this.#fold);
        const last = this.#text.lastElementChild;
        if (edited) (last?.tagName === "P" ? last : this.#text).append(" ", h("span", { className: "edited", title: fullTime(edited) }, t("edited")));
    }

    #drawReactions(changes) {
        const self = this.#context.self();
        const all = changes.reduce((reactions, { emoji, on }) => reacted(reactions, { emoji, on, user: self }), this.message.reactions);
        const focused = this.#reactions.contains(document.activeElement) ? document.activeElement.dataset.emoji : undefined;
        this.#reactions.replaceChildren(...reactionChips(all, { self, users: this.#context.users }, {
            toggled: (emoji, on) => this.#context.reactionToggled(this, emoji, on),
            wanted: (ids) => this.#context.namesWanted(ids, () => this.draw()),
        }));
        this.#reactions.hidden = all.length === 0;
        if (focused === undefined) return;
        const chip = this.#reactions.querySelector(`[data-emoji="${CSS.escape(focused)}"]`);
        (chip ?? this.element).focus();
    }
}
