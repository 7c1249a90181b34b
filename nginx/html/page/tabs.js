// The tabs of the rooms one is in, and what is unread in them; the title of the window counts with them.

import { $, h } from "./dom.js";
import { t } from "./i18n.js";

/** Above this the badge says "99+": it must not push the other tabs away. */
const BADGE = 99;

export class Tabs {
    #tabs = new Map();
    #current = null;
    #choose;

    /** @param {(room: string) => void} choose a tab was pressed */
    constructor(choose) {
        this.#choose = choose;
    }

    add(room) {
        if (this.#tabs.has(room)) return;
        const badge = h("span", { className: "badge", hidden: true });
        const button = h("button", { type: "button", className: "tab", onclick: () => this.#choose(room) },
            h("span", { className: "tab-name" }, room), badge);
        const item = h("li", {}, button);
        this.#tabs.set(room, { item, button, badge, unread: 0 });
        $("tabs").append(item);
    }

    remove(room) {
        this.#tabs.get(room)?.item.remove();
        this.#tabs.delete(room);
        this.#title();
    }

    select(room) {
        this.#tabs.get(this.#current)?.button.removeAttribute("aria-current");
        this.#current = room;
        const button = this.#tabs.get(room)?.button;
        button?.setAttribute("aria-current", "true");
        button?.scrollIntoView({ block: "nearest", inline: "nearest" });
        this.read(room);
    }

    unread(room) {
        const tab = this.#tabs.get(room);
        if (tab) this.#count(tab, tab.unread + 1);
    }

    read(room) {
        const tab = this.#tabs.get(room);
        if (tab) this.#count(tab, 0);
        else this.#title();
    }

    #count(tab, unread) {
        tab.unread = unread;
        tab.badge.hidden = unread === 0;
        tab.badge.replaceChildren(
            h("span", { ariaHidden: "true" }, unread > BADGE ? `${BADGE}+` : String(unread)),
            h("span", { className: "unseen" }, t("unread", { n: unread })));
        this.#title();
    }

    #title() {
        const unread = [...this.#tabs.values()].reduce((sum, tab) => sum + tab.unread, 0);
        document.title = `${unread ? `(${unread}) ` : ""}${this.#current ? `${this.#current} · ` : ""}Chatrelay`;
    }
}
