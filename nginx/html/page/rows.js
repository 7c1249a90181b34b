// The rows of a message list in their order: messages by sequence number, system rows by their arrival, day separators, and
// gaps where messages are not loaded. No clock decides the order. Scrolling is in message-list.js.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { LoadedRanges } from "./loaded-ranges.js";
import { MessageRow } from "./message-row.js";
import { PresenceFold, isPresence } from "./presence-fold.js";
import { daySeparator, deletedRow, gapRow, setGrouped, systemRow } from "./row-elements.js";
import { dayOf } from "./times.js";

/** The most rows in a list: hours of messages, and few enough for a phone to scroll smoothly. */
const MAX_ROWS = 1_000;
/** So many rows go at once where there are more, because each time the rest is gone through. */
const TRIMMED_ROWS = 100;
/** Consecutive messages of one user within this time (ms) are grouped under one name. */
const GROUP_MS = 5 * 60_000;

export class Rows {
    element = h("ol", { className: "rows" });
    #loaded = new LoadedRanges();
    /**
     * {element, at, date, seq | after, view?: MessageRow, day?, fold?: PresenceFold}, in the order of the document. A row without `seq` is below the
     * messages up to the number `after`, the newest one when it arrived. A deleted message has no view.
     */
    #rows = [];
    #bySeq = new Map();
    #gaps = [];
    #highest = 0;
    #context;
    #unreadAfter;
    #unreadLine = h("li", { className: "unread-line" }, h("span", {}, t("newMessages")));
    /** The row below the line. */
    #firstUnread;

    /** @param {object} context of each message (message-row.js) */
    constructor(context) {
        this.#context = context;
    }

    get isEmpty() { return this.#rows.length === 0; }
    /** The first loaded sequence number: 0 is the start of the channel, undefined means that nothing is loaded. */
    get start() { return this.#loaded.start; }
    get highest() { return this.#highest; }
    /** {element, from, to} of each gap. */
    get gaps() { return this.#gaps; }

    find(seq) { return this.#bySeq.get(seq)?.element; }
    /** The row of a message that is not deleted. */
    view(seq) { return this.#bySeq.get(seq)?.view; }
    /** The row at the place of a message that is not here. */
    near(seq) { return this.#rows.findLast((row) => (row.seq ?? row.after) <= seq)?.element; }
    /** The newest message for which the condition holds. */
    findLast(condition) { return this.#rows.findLast(({ view, seq }) => view && seq !== undefined && condition(view.message))?.view.message; }

    messagesAfter(seq) {
        const start = this.#rows.findLastIndex((row) => row.seq <= seq) + 1;
        return this.#rows.slice(start).filter(({ view, seq: number }) => view && number !== undefined).map(({ view }) => view.message);
    }

    /** The line of the unread messages, if it is shown. */
    get unreadLine() { return this.#firstUnread && this.#unreadLine; }
    /** The number after which messages are unread. Undefined if none are, which removes the line. */
    get unreadAfter() { return this.#unreadAfter; }
    set unreadAfter(seq) {
        if (seq === this.#unreadAfter) return;
        this.#unreadAfter = seq;
        this.#updateAll();
    }

    /** {row, missing}: the row of the first unread message, and the numbers before it that are not loaded, if any: [from, to). */
    get firstUnread() {
        const missing = this.#unreadAfter === undefined ? undefined : this.#loaded.missing(this.#unreadAfter + 1);
        const seq = this.#firstUnread?.seq ?? Infinity;
        return { row: this.#firstUnread?.element, missing: missing?.from < seq && missing.from < Infinity ? missing : undefined };
    }

    /** Adds a live or a missed message. No messages are missing before it. */
    addMessage(message) {
        if (this.#bySeq.has(message.seq)) return;
        if (this.start === undefined) {
            this.#placeEarlyRows(message.seq - 1);
            this.#loaded.add(message.seq, Infinity);
        }
        const isLast = this.#insert(message) === this.#rows.length - 1;
        if (!isLast) return this.#updateAll();
        this.#placeUnreadLine();
        this.#update(this.#rows.length - 1);
    }

    /**
     * Adds a page of stored messages: all messages from the first one (or `start`) up to `before`.
     * @returns {boolean} whether any of them was not here before
     */
    addPage({ messages, before, more, gap, start = messages[0]?.seq }) {
        if (gap) this.#loaded.remove(this.#highest + 1, Infinity);
        if (before === undefined) this.#placeEarlyRows(messages.at(-1)?.seq ?? 0);
        // The newest messages are as they are now. An older page may be from before a change that has arrived.
        if (before === undefined) for (const message of messages) this.view(message.seq)?.replace(message);
        const added = messages.filter(({ seq }) => !this.#bySeq.has(seq));
        for (const message of added) this.#insert(message);
        this.#loaded.add(more ? start ?? before ?? this.#highest + 1 : 0, before ?? Infinity);
        this.#updateAll();
        return added.length > 0;
    }

    /** Removes all messages, because others replace them. */
    clear() {
        for (const { seq, element, day } of this.#rows) {
            if (seq !== undefined) element.remove();
            day?.remove();
        }
        this.#rows = this.#rows.filter(({ seq }) => seq === undefined);
        for (const row of this.#rows) {
            row.after = Infinity;
            delete row.day;
        }
        this.#bySeq.clear();
        this.#loaded = new LoadedRanges();
        this.#highest = 0;
        this.#updateAll();
    }

    /** The newest messages, at most so many, without a gap between them. */
    newest(count) {
        const start = this.#gaps.at(-1)?.to ?? 0;
        return this.#rows.filter(({ view, seq }) => view && seq >= start).slice(-count).map(({ view }) => view.message);
    }

    addSystem(event) {
        if (isPresence(event) && this.#rows.at(-1)?.fold?.add(event)) return;
        const fold = isPresence(event) ? new PresenceFold(event) : undefined;
        const element = fold?.element ?? systemRow(event);
        if (!element) return;
        this.#rows.push({ element, fold, at: event.at, after: this.start === undefined ? Infinity : this.#highest });
        this.element.append(element);
        this.#update(this.#rows.length - 1);
    }

    /** Replaces a message by a note that it was deleted. */
    deleteMessage(seq) {
        const row = this.#bySeq.get(seq);
        if (!row?.view) return;
        const element = deletedRow(row.at);
        row.element.replaceWith(element);
        row.element = element;
        delete row.view;
        this.#updateAll();
    }

    /** The ledger is another one: the rows stay, but their sequence numbers are void. */
    forgetSeqs() {
        for (const row of this.#rows) {
            if (row.seq !== undefined) row.view?.disable();
            delete row.seq;
            row.after = 0;
        }
        this.#bySeq.clear();
        this.#loaded = new LoadedRanges();
        this.#highest = 0;
        this.#updateAll();
    }

    /** Removes rows where there are more than MAX_ROWS. @param {() => boolean} fromEnd whether the newest ones go, not the oldest */
    trim(fromEnd) {
        if (this.#rows.length <= MAX_ROWS) return;
        const kept = MAX_ROWS - TRIMMED_ROWS;
        const isFromEnd = fromEnd();
        for (const row of this.#rows.splice(isFromEnd ? kept : 0, this.#rows.length - kept)) {
            row.element.remove();
            row.day?.remove();
            this.#bySeq.delete(row.seq);
        }
        const numbered = this.#rows.filter((row) => row.seq !== undefined);
        if (isFromEnd) this.#loaded.remove((numbered.at(-1)?.seq ?? 0) + 1, this.#highest + 1);
        else this.#loaded.remove(0, numbered[0]?.seq ?? this.#highest + 1);
        this.#updateAll();
    }

    /** The rows that arrived before the newest messages are below these. @param {number} newest the highest of their numbers */
    #placeEarlyRows(newest) {
        for (const row of this.#rows) if (row.after === Infinity) row.after = newest;
    }

    /** @returns {number} the index of the new row */
    #insert(message) {
        const { seq, at } = message;
        const view = new MessageRow(message, this.#context);
        const row = { element: view.element, view, seq, at };
        let index = this.#rows.length;
        const isBefore = (other) => (other.seq ?? other.after) < seq;
        while (index > 0 && !isBefore(this.#rows[index - 1])) index -= 1;
        const next = this.#rows[index];
        this.element.insertBefore(row.element, next ? this.#top(next) : null);
        this.#rows.splice(index, 0, row);
        this.#bySeq.set(seq, row);
        this.#highest = Math.max(this.#highest, seq);
        return index;
    }

    /** The first element of a row, with what is above it. */
    #top(row) { return row.day ?? (row === this.#firstUnread ? this.#unreadLine : row.element); }

    /** Moves the gaps to their places, and updates all rows. */
    #updateAll() {
        const before = this.#gaps;
        this.#gaps = this.#loaded.gaps.map((gap, i) => ({ ...gap, element: before[i]?.element ?? gapRow() }));
        for (const { element } of before.slice(this.#gaps.length)) element.remove();
        this.#placeUnreadLine();
        for (let index = 0; index < this.#rows.length; index++) this.#update(index);
        for (const { element, to } of this.#gaps) {
            const next = this.#rows.find((row) => row.seq >= to);
            const sibling = next ? this.#top(next) : null;
            if (element.nextSibling !== sibling || !element.isConnected) this.element.insertBefore(element, sibling);
        }
    }

    /** The line is above the first loaded message that is unread. The user's own ones count as read. */
    #placeUnreadLine() {
        if (this.#unreadAfter === undefined && !this.#firstUnread) return;
        const after = this.#unreadAfter;
        const first = after === undefined ? undefined : this.#rows.find(({ view, seq }) => seq > after && view && !view.message.own);
        const before = this.#firstUnread;
        this.#firstUnread = first;
        if (!first) this.#unreadLine.remove();
        else if (this.#unreadLine.nextSibling !== first.element) this.element.insertBefore(this.#unreadLine, first.element);
        for (const row of before === first ? [] : [before, first]) {
            const index = this.#rows.indexOf(row);
            if (index >= 0) this.#update(index);
        }
    }

    /** Adds or removes the day separator above a row, and groups the row with the one above. */
    #update(index) {
        const row = this.#rows[index];
        const above = this.#rows[index - 1];
        row.date ??= dayOf(row.at);
        const isNewDay = !above || (above.date ??= dayOf(above.at)) !== row.date;
        if (isNewDay && !row.day) this.element.insertBefore(row.day = daySeparator(row.at), row === this.#firstUnread ? this.#unreadLine : row.element);
        if (!isNewDay && row.day) {
            row.day.remove();
            delete row.day;
        }
        if (!row.view) return;
        const isAfterGap = this.#gaps.some(({ from, to }) => from > (above?.seq ?? -1) && to <= row.seq);
        const isSameSender = above?.view?.message.from === row.view.message.from && above.view.message.user === row.view.message.user;
        setGrouped(row.element, !isNewDay && !isAfterGap && row !== this.#firstUnread && isSameSender && row.at - above.at < GROUP_MS);
    }
}
