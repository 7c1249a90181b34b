// The tabs of the rooms one is in and of the conversations, and what is unread in them; the title of the window counts with them.

import { $, h, mark } from "./dom.js";
import { t } from "./i18n.js";

/** Above this the badge says "99+": it must not push the other tabs away. */
const BADGE = 99;

export class Tabs {
    #tabs = new Map();
    #current = null;
    #choose;

    /** @param {(key: string) => void} choose a tab was pressed */
    constructor(choose) {
        this.#choose = choose;
    }

    /** @param {{name: string, isPrivate: boolean}} label a person's tab looks different from a room's */
    add(key, { name, isPrivate }) {
        const badge = h("span", { className: "badge", hidden: true });
        const button = h("button", { type: "button", className: "tab", onclick: () => this.#choose(key) },
            ...isPrivate ? [mark(name), h("span", { className: "unseen" }, t("private"), " ")] : [],
            h("bdi", { className: "tab-name" }, name), badge);
        const item = h("li", { className: isPrivate ? "private" : "" }, button);
        this.#tabs.set(key, { name, item, button, badge, unread: 0 });
        // Rooms stand before people.
        $("tabs").insertBefore(item, isPrivate ? null : $("tabs").querySelector(".private"));
    }

    remove(key) {
        this.#tabs.get(key)?.item.remove();
        this.#tabs.delete(key);
        this.#title();
    }

    select(key) {
        this.#tabs.get(this.#current)?.button.removeAttribute("aria-current");
        this.#current = key;
        const button = this.#tabs.get(key)?.button;
        button?.setAttribute("aria-current", "true");
        button?.scrollIntoView({ block: "nearest", inline: "nearest" });
        this.#title();
    }

    /** How many messages of it are unread. */
    unread(key, count) {
        const tab = this.#tabs.get(key);
        if (!tab || tab.unread === count) return;
        tab.unread = count;
        tab.badge.hidden = count === 0;
        tab.badge.replaceChildren(
            h("span", { ariaHidden: "true" }, count > BADGE ? `${BADGE}+` : String(count)),
            h("span", { className: "unseen" }, t("unread", { n: count })));
        this.#title();
    }

    #title() {
        const unread = [...this.#tabs.values()].reduce((sum, tab) => sum + tab.unread, 0);
        const name = this.#tabs.get(this.#current)?.name;
        document.title = `${unread ? `(${unread}) ` : ""}${name ? `${name} · ` : ""}Chatrelay`;
    }
}
