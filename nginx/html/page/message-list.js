// The message list of a channel: its rows, the scroll position, the history that loads while the user scrolls, and the pending
// messages below. Owns its element, which stays in the document (hidden) while another channel is selected.

import { ChangeBatch } from "./change-batch.js";
import { h } from "./dom.js";
import { HistoryLoader } from "./history-loader.js";
import { t } from "./i18n.js";
import { JumpToLatest } from "./jump-to-latest.js";
import { notice } from "./notices.js";
import { PendingList } from "./pending-list.js";
import { Quotes } from "./quotes.js";
import { RowFocus } from "./row-focus.js";
import { Rows } from "./rows.js";
import { restoreAnchor, scrollAnchor } from "./scroll.js";
import { UnreadJump } from "./unread-jump.js";

/** The list counts as scrolled to the end at this distance (px): scroll positions are fractions. */
const END_PX = 32;
/** Sequence numbers loaded after the target of a jump, to show how the conversation continued. */
const CONTEXT_AFTER = 20;
/** Sequence numbers in the first request for the first unread message, and the most requests; each reaches four times as far. */
const FIRST_REACH = 50;
const MAX_REQUESTS = 12;

export class MessageList {
    #rows;
    #pending = new PendingList();
    /** Not a live region: see live-region.js. */
    #list = h("div", { className: "message-list", tabIndex: 0, role: "log", ariaLive: "off" });
    #jumpToLatest = new JumpToLatest(() => { this.scrollToEnd(); this.#list.focus({ preventScroll: true }); });
    #loadEarlier = h("button", { type: "button", className: "load-earlier", hidden: true });
    #historyStart = h("p", { className: "history-start", hidden: true }, t("historyStart"));
    #emptyState = h("div", { className: "empty-state", hidden: true });
    #hasHistory;
    #isAtEnd = true;
    #scrollTop = 0;
    #batch = new ChangeBatch((change) => this.#change(change));
    #history;
    #quotes;
    #unreadJump;
    /**
     * {seq, before?}: the message to jump to as soon as it is loaded; `before`: that of the requested page. {requests}: the first
     * unread message; the number of requests for it.
     */
    #jumpTarget = null;

    /**
     * @param {string} label for screen readers
     * @param {{load(page: {before?: number, limit: number}): boolean, hasHistory: boolean, expectsNewest: boolean,
     *   context: object, unreadDismissed()}} options `context`: for the rows (message-row.js). `load` requests a page, which arrives at `addPage`; it returns false without a
     *   connection. `expectsNewest`: the server sends the newest messages without a request.
     */
    constructor(label, { load, hasHistory, expectsNewest, context, unreadDismissed = () => {} }) {
        this.#hasHistory = hasHistory;
        this.#rows = new Rows({ ...context, quote: (seq) => this.#quotes.element(seq) });
        this.#quotes = new Quotes({
            list: this.#list, load, goTo: (seq) => this.goTo(seq),
            find: (seq) => this.#rows.view(seq)?.message ?? (this.#rows.find(seq) ? null : undefined),
        });
        new RowFocus(this.#list);
        this.#list.ariaLabel = label;
        this.#list.ariaDescription = t("listHelp");
        this.#list.append(this.#loadEarlier, this.#historyStart, this.#emptyState, this.#rows.element, this.#pending.element);
        this.#unreadJump = new UnreadJump({ jump: () => this.goToFirstUnread(), dismiss: unreadDismissed });
        this.element = h("div", { className: "message-pane", hidden: true }, this.#unreadJump.element, this.#list, this.#jumpToLatest.element);
        this.#list.addEventListener("scroll", () => this.#scrolled(), { passive: true });
        this.#list.addEventListener("fold", () => this.#scrolled());
        this.#list.addEventListener("toggle", () => this.#scrolled(), { capture: true });
        const views = { list: this.#list, loadEarlier: this.#loadEarlier, rows: this.#rows };
        this.#history = new HistoryLoader({ ...views, load, expectsNewest, loadingChanged: () => this.#draw() });
        // Keep the end visible when the composer grows or the keyboard of a phone opens.
        new ResizeObserver(() => { if (this.#isAtEnd) this.scrollToEnd(); }).observe(this.#list);
        this.#draw();
    }

    /** For screen readers. */
    set label(label) { this.#list.ariaLabel = label; }
    /** What is shown while the channel has no messages. */
    set emptyState(nodes) { this.#emptyState.replaceChildren(...nodes); }
    get highest() { return this.#rows.highest; }
    get start() { return this.#rows.start; }
    /** The loaded messages after a sequence number, oldest first. */
    messagesAfter(seq) {
        this.#batch.flush();
        return this.#rows.messagesAfter(seq);
    }
    /** The number after which messages are unread: they are below a line. Undefined removes it. */
    set unreadAfter(seq) {
        this.#unreadJump.reset();
        if (seq === this.#rows.unreadAfter) return;
        this.#batch.flush();
        this.#change(() => { this.#rows.unreadAfter = seq; });
    }
    has(seq) { return this.#rows.find(seq) !== undefined; }

    /** Adds a live or a missed message. */
    addMessage(message) {
        this.#batch.add(() => {
            this.#pending.remove(message.id);
            this.#rows.addMessage(message);
            if (message.own) this.#stickToEnd();
            else if (!this.#isAtEnd) this.#jumpToLatest.increment();
        });
        if (message.own) this.#batch.flush();
    }

    addSystem(event) { this.#batch.add(() => this.#rows.addSystem(event)); }

    /** Applies an `edited` or a `reaction` event. */
    changeMessage(event) {
        this.#batch.add(() => {
            this.#rows.view(event.message)?.change(event);
            if (event.type !== "edited") return;
            this.#quotes.changed(event.message, event.text);
            this.#quotes.update(this.#rows.element, event.message);
        });
    }

    /** What waits for the server has changed. */
    redraw(seq) { if (this.#rows.view(seq)) this.#batch.add(() => this.#rows.view(seq)?.draw()); }
    /** The newest message for which the condition holds. */
    findLast(condition) { return this.#rows.findLast(condition); }
    message(seq) { return this.#rows.view(seq)?.message; }

    /** @param {string} [id] of a pending message */
    deleteMessage(seq, id) {
        this.#batch.add(() => {
            this.#pending.remove(id);
            this.#rows.deleteMessage(seq);
            this.#quotes.changed(seq);
            this.#quotes.update(this.#rows.element, seq);
        });
    }

    /** Adds a page of history, or the newest messages. */
    addPage(page) {
        this.#batch.flush();
        if (this.#quotes.pageArrived(page, this.#rows.element)) return;
        this.#change(() => {
            for (const { id } of page.messages) this.#pending.remove(id);
            this.#history.pageArrived(this.#rows.addPage(page));
        });
        this.#history.finish();
        this.#jumpIfLoaded(page);
        this.#history.observe();
    }

    /** Removes all messages, because others replace them. */
    clear() {
        this.#batch.flush();
        this.#change(() => this.#rows.clear());
    }

    newest(count) {
        this.#batch.flush();
        return this.#rows.newest(count);
    }

    /** A requested page will not arrive. */
    loadFailed() {
        this.#jumpTarget = null;
        this.#quotes.failed();
        this.#history.finish();
    }

    /** The ledger is another one: all sequence numbers are void. */
    forgetSeqs() { this.#change(() => this.#rows.forgetSeqs()); }

    /** Adds or updates a pending message. `actions` are those of its buttons. */
    showPending(from, message, actions) {
        const isNew = this.#pending.put(from, message, actions);
        this.#draw();
        if (isNew) this.scrollToEnd();
    }

    removePending(id) { this.#pending.remove(id); }

    setShown(isShown) {
        // Before the line of the unread messages is in sight.
        if (isShown) this.#batch.flush();
        else this.#scrollTop = this.#list.scrollTop;
        this.element.hidden = !isShown;
        if (!isShown) return;
        this.#list.scrollTop = this.#isAtEnd ? this.#list.scrollHeight : this.#scrollTop;
        this.#drawUnreadJump();
        this.#history.observe();
    }

    scrollToEnd() {
        this.#stickToEnd();
        this.#list.scrollTop = this.#list.scrollHeight;
        this.#scrollTop = this.#list.scrollTop;
        this.#history.isScrollingDown = false;
    }

    /** Jumps to a message, and loads it first if necessary. */
    goTo(seq) {
        this.#batch.flush();
        this.#jumpTarget = { seq };
        this.#jumpIfLoaded();
    }

    /** Jumps to the first unread message, and loads it first if necessary. */
    goToFirstUnread() {
        this.#batch.flush();
        this.#jumpTarget = { requests: 0 };
        this.#jumpToUnread();
    }

    /** Loads messages that the user is about to see. */
    loadVisible() {
        if (this.element.hidden) return;
        this.#history.loadVisible();
        this.#quotes.resume();
    }

    /**
     * Jumps to the target if it is loaded. Else requests the page around it; if long messages after the target fill that page, the
     * page that ends with it. It may be deleted.
     */
    #jumpIfLoaded(page) {
        if (this.#jumpTarget === null) return;
        if (this.#jumpTarget.requests !== undefined) return this.#jumpToUnread();
        const { seq, before } = this.#jumpTarget;
        const element = this.#rows.find(seq);
        if (element) {
            this.#jumpTarget = null;
            return this.#jumpTo(element);
        }
        const request = (next) => { if (this.#history.loadBefore(next)) this.#jumpTarget.before = next; };
        if (before === undefined) return request(seq + CONTEXT_AFTER);
        if (page?.before !== before) return;
        if (page.more && page.messages[0]?.seq > seq) return request(seq + 1);
        this.#jumpTarget = null;
        this.#rows.near(seq)?.scrollIntoView({ block: "center" });
        notice(t("messageNotFound"));
    }

    /** Not every number is a message of this channel, so the requests reach farther and farther. */
    #jumpToUnread() {
        const { row, missing } = this.#rows.firstUnread;
        const target = this.#jumpTarget;
        if (missing && target.requests < MAX_REQUESTS) {
            this.#history.isScrollingDown = true;
            if (this.#history.loadBefore(Math.min(missing.from + FIRST_REACH * 4 ** target.requests, missing.to))) target.requests += 1;
            return;
        }
        this.#jumpTarget = null;
        if (row) this.#jumpTo(row);
    }

    #jumpTo(element) {
        this.#isAtEnd = false;
        element.tabIndex = -1;
        element.scrollIntoView({ block: "center" });
        this.#scrollTop = this.#list.scrollTop;
        this.#history.isScrollingDown = true;
        element.focus({ preventScroll: true });
        for (const other of this.#list.querySelectorAll(".jump-target")) other.classList.remove("jump-target");
        element.classList.add("jump-target");
    }

    /** Changes rows, and keeps the end or the visible rows in place. */
    #change(change) {
        const anchor = this.#isAtEnd || this.element.hidden ? null : scrollAnchor(this.#list, this.#history.gapFilledFromBelow);
        const hadFocus = this.#list.contains(document.activeElement);
        change();
        this.#rows.trim(() => !this.#isAtEnd && this.#list.scrollTop < this.#list.scrollHeight / 2);
        this.#draw();
        if (anchor) restoreAnchor(this.#list, anchor);
        else if (this.#isAtEnd) this.#list.scrollTop = this.#list.scrollHeight;
        // #scrolled must not take this for scrolling by the user. A hidden list has no valid position.
        if (!this.element.hidden) this.#scrollTop = this.#list.scrollTop;
        // The focused button may have been removed.
        if (hadFocus && !this.#list.contains(document.activeElement)) this.#list.focus({ preventScroll: true });
    }

    #draw() {
        const { start, isEmpty } = this.#rows;
        const hasNothing = isEmpty && this.#pending.size === 0;
        const set = (element, values) => {
            for (const [key, value] of Object.entries(values)) if (element[key] !== value) element[key] = value;
        };
        // A value that is set again would cost a layout.
        set(this.#loadEarlier, { hidden: start === 0 || !this.#hasHistory, textContent: t(this.#history.isLoading ? "loading" : "loadEarlier") });
        set(this.#historyStart, { hidden: start !== 0 || hasNothing });
        set(this.#emptyState, { hidden: start !== 0 || !hasNothing });
        set(this.#list, { ariaBusy: String(this.#history.isLoading) });
        this.#drawUnreadJump();
    }

    #drawUnreadJump() {
        if (this.#rows.unreadAfter !== undefined || !this.#unreadJump.element.hidden) {
            this.#unreadJump.update(this.#list, this.#rows.unreadLine, this.#rows.firstUnread.missing === undefined);
        }
    }

    #scrolled() {
        if (this.element.hidden) return;
        const { scrollTop, scrollHeight, clientHeight } = this.#list;
        if (scrollTop !== this.#scrollTop) this.#history.isScrollingDown = scrollTop > this.#scrollTop;
        this.#scrollTop = scrollTop;
        this.#isAtEnd = scrollHeight - scrollTop - clientHeight < END_PX;
        if (this.#isAtEnd) this.#stickToEnd();
        else this.#jumpToLatest.show();
        this.#drawUnreadJump();
    }

    #stickToEnd() {
        this.#isAtEnd = true;
        this.#jumpToLatest.reset();
    }
}
