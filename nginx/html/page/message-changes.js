// What the user does with messages: replies, reactions, edits, deletions. A change shows at once, with a note until the server has
// answered; a refused one is taken back, and its message says why.

import { announce } from "./dom.js";
import { t } from "./i18n.js";
import { MessageActions, confirmDelete } from "./message-actions.js";
import { MessageToolbar } from "./message-toolbar.js";
import { reacted } from "./reacted.js";
import { ReactionPicker } from "./reaction-picker.js";

export class MessageChanges {
    #chat;
    #channels;
    #composer;
    #picker = new ReactionPicker();
    /** The unanswered changes by their ids, to know what an error is about. */
    #unanswered = new Map();
    /** For each message, why its last change was refused: {nodes}. */
    #refusals = new Map();

    /** @param {{chat, channels(): Channels, composer(): Composer}} app */
    constructor({ chat, channels, composer }) {
        this.#chat = chat;
        this.#channels = channels;
        this.#composer = composer;
        for (const change of chat.changes) this.#unanswered.set(change.id, change);
        const react = (message, emoji) => this.react(message, emoji);
        const actions = new MessageActions({
            reply: (message) => composer().startReply(message),
            edit: (message) => composer().startEdit(message),
            remove: (message) => void this.remove(message),
            react,
            pickReaction: (message, anchor) => this.#picker.open(anchor, (emoji) => react(message, emoji)),
            canChange: (message) => this.canChange(message),
            canWrite: () => channels().selected?.isOpen ?? false,
        });
        new MessageToolbar({ actions, react, find: (seq) => channels().selected?.list.message(seq) });
    }

    /** What a row needs (message-row.js). */
    get rowContext() {
        return {
            changes: (seq) => this.#unanswered.size ? [...this.#unanswered.values()].filter(({ message }) => message === seq) : [],
            refusal: (seq) => this.#refusals.get(seq),
            reactionToggled: (row, emoji, on) => this.#do(row.message.seq, () => this.#chat.react(row.message.seq, emoji, on)),
        };
    }

    /** Adds the reaction, or takes it back if it is there. */
    react({ seq, reactions }, emoji) {
        const now = this.rowContext.changes(seq).filter(({ type }) => type === "react")
            .reduce((all, change) => reacted(all, { ...change, user: this.#chat.user }), reactions);
        const isThere = now.some((each) => each.emoji === emoji && each.users.includes(this.#chat.user));
        this.#do(seq, () => this.#chat.react(seq, emoji, !isThere));
    }

    /** Whether the server still lets this user edit and delete the message. */
    canChange({ own, at }) { return own && Date.now() + this.#chat.clockOffset - at < this.#chat.limits.edit * 60_000; }

    edit({ seq, text: before }, text) { if (text !== before) this.#do(seq, () => this.#chat.edit(seq, text)); }

    async remove(message) { if (await confirmDelete(message)) this.#do(message.seq, () => this.#chat.remove(message.seq)); }

    #do(seq, change) {
        this.#refusals.delete(seq);
        change();
        this.refresh();
    }

    /** Follows the library: a change was made or answered, also in another tab of the browser. */
    refresh() {
        const now = new Map(this.#chat.changes.map((change) => [change.id, change]));
        const changed = [...now.values(), ...this.#unanswered.values()].filter(({ id }) => !now.has(id) || !this.#unanswered.has(id));
        this.#unanswered = now;
        for (const seq of new Set(changed.map(({ message }) => message))) this.#redraw(seq);
    }

    /** @returns {boolean} whether the error is about a change, which the library has given up */
    refused({ id, code, message: sentence }) {
        const change = this.#unanswered.get(id);
        if (!change) return false;
        if (this.#chat.changes.some((each) => each.id === id)) return true;
        const reason = t(`changeErrors.${code}`) ?? sentence;
        const isLost = code === "no-such-message";
        const refusal = t("changeRefused", { reason });
        announce(refusal);
        // The refused text is not lost.
        if (!isLost || change.type !== "edit") this.#refusals.set(change.message, { nodes: [refusal, ...change.text ? [" ", t("refusedText", change)] : []] });
        this.refresh();
        return true;
    }

    #redraw(seq) { for (const { list } of this.#channels().all) list.redraw(seq); }
}
