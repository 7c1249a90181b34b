// The toolbar of a message, at the end of its row: one element for all messages, which moves into the row under the pointer, or into
// the one with the focus; on a touch screen a tap shows it. The page listens once for all rows. While a row has the focus, each action
// has a key, and Enter opens the menu.

import { $, h } from "./dom.js";
import { t } from "./i18n.js";
import { LongPress } from "./long-press.js";
import { EMOJIS } from "./reaction-picker.js";

/** The emojis that the toolbar offers. */
const QUICK = 3;
/** How far the toolbar reaches over the upper edge of its row (px), so that it hides little of the text; on a touch screen it is larger. */
const ABOVE_PX = 14;
const ABOVE_TOUCH_PX = 38;
const touch = matchMedia("(hover: none)");
/** Pending messages have no number yet. */
const ROWS = ".message[data-seq]";

export class MessageToolbar {
    #toolbar = $("message-toolbar");
    #panes = $("message-panes");
    #actions;
    #find;
    #react;

    /** @param {{actions: MessageActions, find(seq: number): object | undefined, react(message, emoji: string)}} options */
    constructor({ actions, find, react }) {
        this.#actions = actions;
        this.#find = find;
        this.#react = react;
        this.#toolbar.prepend(...EMOJIS.slice(0, QUICK).map((emoji) => h("button", {
            type: "button", className: "plain emoji", value: emoji, ariaLabel: t("reactWith", { emoji }),
        }, emoji)));
        for (const button of this.#toolbar.children) Object.assign(button, { tabIndex: -1, title: button.ariaLabel });
        this.#toolbar.remove();
        this.#toolbar.addEventListener("click", (event) => this.#clicked(event));
        this.#panes.addEventListener("pointerover", (event) => { if (event.pointerType !== "touch") this.#show(event.target.closest(ROWS)); });
        this.#panes.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") this.#show(null); });
        this.#panes.addEventListener("focusin", ({ target }) => { if (target.matches(":focus-visible")) this.#show(target.closest(ROWS)); });
        this.#panes.addEventListener("focusout", ({ relatedTarget }) => { if (!this.#panes.contains(relatedTarget)) this.#show(null); });
        this.#panes.addEventListener("click", ({ pointerType, target }) => { if (pointerType === "touch") this.#show(target.closest(ROWS)); });
        this.#panes.addEventListener("keydown", (event) => this.#pressed(event));
        new LongPress(this.#panes, ROWS, (row) => this.#openMenu(row, row, true));
    }

    get #row() { return this.#toolbar.parentElement; }

    /** The message of a row. Undefined if the row's number is void. */
    #target(row) {
        const message = this.#find(Number(row.dataset.seq));
        return message && { row, message };
    }

    /** Moves the toolbar. @param {Element | null} row without one, the row with the focus keeps it */
    #show(row) {
        if (this.#actions.isOpen || $("reaction-picker").matches(":popover-open")) return;
        const focused = document.activeElement;
        const target = row ?? (focused.matches(":focus-visible") ? focused.closest(ROWS) : null);
        if (target === this.#row) return;
        // The focus does not vanish together with the toolbar.
        if (this.#toolbar.contains(document.activeElement)) this.#row.focus({ preventScroll: true });
        this.#row?.classList.remove("with-toolbar");
        this.#toolbar.remove();
        const message = target && this.#target(target)?.message;
        if (!message) return;
        const names = this.#actions.actions({ row: target, message }).map(({ name }) => name);
        for (const button of this.#toolbar.querySelectorAll("[data-action]")) button.hidden = !["menu", ...names].includes(button.dataset.action);
        this.#toolbar.ariaLabel = t("messageActions", { name: message.from });
        const above = target.closest(".message-list").getBoundingClientRect().top - target.getBoundingClientRect().top;
        this.#toolbar.style.setProperty("--toolbar-top", `${Math.max(-(touch.matches ? ABOVE_TOUCH_PX : ABOVE_PX), above + 2)}px`);
        target.classList.add("with-toolbar");
        target.append(this.#toolbar);
        this.#toolbar.hidden = false;
    }

    #clicked({ target }) {
        const button = target.closest("button");
        const row = this.#row;
        const found = row && this.#target(row);
        if (!button || !found) return;
        // Its button stays where the menu returns the focus to.
        if (button.dataset.action === "menu") return this.#openMenu(row, button);
        if (button.dataset.action === "react") return this.#run("react", row, button);
        if (!row.hasAttribute("tabindex")) row.tabIndex = -1;
        row.focus({ preventScroll: true });
        if (button.value) this.#react(found.message, button.value);
        else this.#run(button.dataset.action, row, button);
    }

    #openMenu(row, anchor, isSheet) {
        const target = this.#target(row);
        if (target) this.#actions.open(target, anchor, isSheet);
    }

    #run(name, row, anchor) {
        const target = this.#target(row);
        if (target) this.#actions.actions(target, anchor).find((action) => action.name === name)?.run();
    }

    /** A key while a row has the focus. */
    #pressed(event) {
        const row = event.target;
        if (!row.matches(ROWS) || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
        const target = this.#target(row);
        if (!target) return;
        const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
        const action = this.#actions.actions(target, row).find(({ keys }) => keys.includes(key));
        if (key !== "Enter" && !action) return;
        event.preventDefault();
        if (action) action.run();
        else this.#actions.open(target, row);
    }
}
