// The button above the messages that leads to the first unread one, while the line of the unread messages is out of sight above.

import { h } from "./dom.js";
import { t } from "./i18n.js";

export class UnreadJump {
    element;
    /** Whether the user has had the line in sight. */
    #isSeen = false;

    /** @param {{jump(), dismiss()}} handlers `dismiss`: takes all for read */
    constructor({ jump, dismiss }) {
        const title = t("markRead");
        this.element = h("div", { className: "unread-jump", hidden: true },
            h("button", { type: "button", className: "to-unread", onclick: jump }, t("jumpToUnread")),
            h("button", { type: "button", className: "plain", title, ariaLabel: title, ariaKeyShortcuts: "Escape", onclick: dismiss }, "×"));
    }

    /** There are other unread messages. */
    reset() { this.#isSeen = false; }

    /**
     * @param {Element} list the scrolling element @param {Element} [line] undefined if there is none
     * @param {boolean} isFirst whether the line is above the first unread message, and no earlier one has to be loaded
     */
    update(list, line, isFirst) {
        const isAbove = line && line.getBoundingClientRect().bottom < list.getBoundingClientRect().top;
        if (line && isFirst && !isAbove && list.clientHeight > 0 && document.hasFocus()) this.#isSeen = true;
        this.element.hidden = !line || this.#isSeen || !(isAbove || !isFirst);
    }
}
