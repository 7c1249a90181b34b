// The menu of a message: reply, react, edit, delete. One popover for all messages; the browser closes it on Escape, or when the
// user clicks elsewhere.

import { $, h } from "./dom.js";
import { t } from "./i18n.js";
import { moveFocus, showAt } from "./popover.js";
import { EMOJIS } from "./reaction-picker.js";

/** The emojis that the menu offers itself. */
const QUICK = 6;
export class MessageActions {
    #menu = $("message-menu");
    #handlers;

    /** @param {{reply(message), edit(message), remove(message), react(message, emoji), pickReaction(message, button),
     *   canChange(message): boolean, canWrite(): boolean}} handlers */
    constructor(handlers) {
        this.#handlers = handlers;
        this.#menu.addEventListener("keydown", (event) => moveFocus(event, [...this.#menu.querySelectorAll("button")]));
    }

    /** @param {MessageRow} row @param {Element} button that opens it */
    open({ message }, button) {
        const { reply, edit, remove, react, pickReaction, canChange, canWrite } = this.#handlers;
        const item = (label, action, properties) => h("button", {
            type: "button", className: "plain", role: "menuitem", ...properties,
            onclick: () => { this.#menu.hidePopover(); action(); },
        }, label);
        const emojis = EMOJIS.slice(0, QUICK).map((emoji) => item(emoji, () => react(message, emoji), { className: "plain emoji", ariaLabel: t("reactWith", { emoji }) }));
        this.#menu.replaceChildren(
            h("div", { className: "emoji-row", role: "group", ariaLabel: t("react") }, ...emojis,
                item("…", () => pickReaction(message, button), { ariaLabel: t("otherEmoji"), title: t("otherEmoji") })),
            ...canWrite() ? [item(t("reply"), () => reply(message))] : [],
            ...canChange(message) ? [
                ...canWrite() ? [item(t("edit"), () => edit(message))] : [],
                item(t("delete"), () => remove(message), { className: "plain danger" }),
            ] : []);
        this.#menu.ariaLabel = t("messageActions", { name: message.from });
        showAt(this.#menu, button);
        this.#menu.querySelector("button").focus();
    }
}

/** Asks once whether the message is deleted. @returns {Promise<boolean>} */
export function confirmDelete({ text }) {
    const dialog = $("delete-dialog");
    $("delete-text").textContent = text;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => {
        dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
}
