// What can be done with a message, and the menu of it: a popover at the message, or after a touch a sheet at the lower edge. One
// element for all messages; the browser closes it on Escape, or when the user clicks elsewhere.

import { linkOf } from "./address.js";
import { copyText } from "./clipboard.js";
import { $, h } from "./dom.js";
import { t } from "./i18n.js";
import { notice } from "./notices.js";
import { moveFocus, showAt } from "./popover.js";
import { EMOJIS } from "./reaction-picker.js";

/** The emojis that the menu offers itself. */
const QUICK = 6;

export class MessageActions {
    #menu = $("message-menu");
    #content = this.#menu.firstElementChild;
    #handlers;
    /** Whether a touch has begun since the menu is open. */
    #isTouched = false;

    /** @param {{reply(message), edit(message), remove(message), react(message, emoji), pickReaction(message, anchor: Element),
     *   canChange(message): boolean, canWrite(): boolean}} handlers */
    constructor(handlers) {
        this.#handlers = handlers;
        this.#menu.addEventListener("keydown", (event) => moveFocus(event, [...this.#menu.querySelectorAll("button")]));
        // The finger that opened the sheet by a long press may be above an item when it is lifted.
        this.#menu.addEventListener("pointerdown", () => { this.#isTouched = true; }, { capture: true });
        this.#menu.addEventListener("click", (event) => { if (event.pointerType === "touch" && !this.#isTouched) event.stopPropagation(); }, { capture: true });
        // A click on the dialog itself is one beside its content.
        this.#menu.addEventListener("click", ({ target }) => { if (target === this.#menu) this.#hide(); });
    }

    get isOpen() { return this.#menu.matches(":popover-open, :modal"); }

    /**
     * The actions for a message: {name, run(), keys, isDanger}. `keys`: while the message has the focus.
     * @param {{message: object, row: Element}} target @param {Element} anchor at which a picker opens
     */
    actions({ message, row }, anchor) {
        const { reply, edit, remove, pickReaction, canChange, canWrite } = this.#handlers;
        const action = (name, keys, run, { is = true, isDanger = false, inMenu = true } = {}) => ({ name, keys, run, is, isDanger, inMenu });
        return [
            action("react", ["+"], () => pickReaction(message, anchor), { inMenu: false }),
            action("reply", ["r"], () => reply(message), { is: canWrite() }),
            action("edit", ["e"], () => edit(message), { is: canWrite() && canChange(message) }),
            action("copyText", ["c"], () => void copied(message.text)),
            action("copyMessageLink", ["l"], () => void copied(linkOf(message))),
            action("selectText", [], () => selectText(row), { is: this.#isTouch }),
            action("delete", ["Delete", "Backspace"], () => remove(message), { is: canChange(message), isDanger: true }),
        ].filter(({ is }) => is);
    }

    get #isTouch() { return matchMedia("(hover: none)").matches; }

    /** Opens the menu. @param {{message: object, row: Element}} target @param {Element} anchor at which it opens */
    open(target, anchor, isSheet = this.#isTouch) {
        const { message } = target;
        const { react, pickReaction } = this.#handlers;
        const item = (label, run, properties) => h("button", {
            type: "button", className: "plain", role: "menuitem", ...properties,
            onclick: () => { this.#hide(); run(); },
        }, ...[label].flat());
        const emojis = EMOJIS.slice(0, QUICK).map((emoji) => item(emoji, () => react(message, emoji), { className: "plain emoji", ariaLabel: t("reactWith", { emoji }) }));
        const key = ([first]) => first === undefined || isSheet ? [] : [h("kbd", { ariaHidden: "true" }, first === "Delete" ? "Del" : first.toUpperCase())];
        this.#content.replaceChildren(
            h("div", { className: "emoji-row", role: "group", ariaLabel: t("react") }, ...emojis,
                item("…", () => pickReaction(message, anchor), { ariaLabel: t("otherEmoji"), title: t("otherEmoji") })),
            ...this.actions(target, anchor).filter(({ inMenu }) => inMenu).map(({ name, keys, run, isDanger }) => item(
                [h("span", {}, t(name)), ...key(keys)], run,
                { className: isDanger ? "plain danger" : "plain", ariaKeyShortcuts: keys[0]?.toUpperCase() ?? null })));
        this.#menu.ariaLabel = this.#content.ariaLabel = t("messageActions", { name: message.from });
        this.#isTouched = false;
        if (isSheet) this.#menu.showModal();
        else showAt(this.#menu, anchor);
        this.#content.querySelector("button").focus({ focusVisible: !isSheet });
    }

    #hide() {
        if (this.#menu.matches(":modal")) this.#menu.close();
        else this.#menu.hidePopover();
    }
}

async function copied(text) { notice(t(await copyText(text) ? "copied" : "copyFailed")); }

/** On a touch screen the text of one message becomes selectable, until the selection ends. */
function selectText(row) {
    const text = row.querySelector(".message-text");
    row.classList.add("selectable");
    getSelection().selectAllChildren(text);
    const ended = () => {
        if (!getSelection().isCollapsed && text.contains(getSelection().anchorNode)) return;
        row.classList.remove("selectable");
        document.removeEventListener("selectionchange", ended);
    };
    document.addEventListener("selectionchange", ended);
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
