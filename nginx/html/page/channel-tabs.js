// The tabs of the joined rooms and the conversations, with their unread counts. The window title shows the sum, and a button the
// sum of those that are scrolled out of sight.

import { $, avatar, h } from "./dom.js";
import { t } from "./i18n.js";

/** A larger count is shown as "99+", so that the badge stays narrow. */
const MAX_BADGE = 99;
const shortCount = (count) => count > MAX_BADGE ? `${MAX_BADGE}+` : String(count);

export class ChannelTabs {
    #tabs = new Map();
    #selectedKey = null;
    #clicked;
    #isDrawScheduled = false;

    /** @param {(key: string) => void} clicked */
    constructor(clicked) {
        this.#clicked = clicked;
        $("channel-tabs").addEventListener("scroll", () => this.#scheduleDraw(), { passive: true });
        new ResizeObserver(() => this.#scheduleDraw()).observe($("channel-tabs"));
        $("hidden-unread").addEventListener("click", () => this.#hiddenUnread[0]?.button.focus());
    }

    /** @param {string} key @param {{name: string, label: string, user?: number, isPrivate: boolean}} channel */
    add(key, { name, label, user, isPrivate }) {
        const badge = h("span", { className: "badge", hidden: true });
        const button = h("button", { type: "button", className: "tab", onclick: () => this.#clicked(key) },
            ...isPrivate ? [avatar(name, user), h("span", { className: "visually-hidden" }, t("private"), " ")] : [],
            h("bdi", { className: "tab-name" }, label), badge);
        if (!isPrivate) button.title = `#${name}`;
        const item = h("li", { className: isPrivate ? "private" : "" }, button);
        this.#tabs.set(key, { name: label, item, button, badge, unread: 0, mentions: 0 });
        // Rooms come before conversations.
        $("channel-tabs").insertBefore(item, isPrivate ? null : $("channel-tabs").querySelector(".private"));
    }

    /** The user of a conversation has another name, or the room another title. */
    rename(key, name) {
        const tab = this.#tabs.get(key);
        if (!tab) return;
        tab.name = name;
        tab.button.querySelector(".tab-name").textContent = name;
        this.#update();
    }

    remove(key) {
        this.#tabs.get(key)?.item.remove();
        this.#tabs.delete(key);
        this.#update();
    }

    select(key) {
        this.#tabs.get(this.#selectedKey)?.button.removeAttribute("aria-current");
        this.#selectedKey = key;
        const button = this.#tabs.get(key)?.button;
        button?.setAttribute("aria-current", "true");
        button?.scrollIntoView({ block: "nearest", inline: "nearest" });
        this.#update();
    }

    /** @param {number} count of unread messages @param {number} mentions how many of these mention the user */
    setUnread(key, count, mentions = 0) {
        const tab = this.#tabs.get(key);
        if (!tab || tab.unread === count && tab.mentions === mentions) return;
        Object.assign(tab, { unread: count, mentions });
        tab.badge.classList.toggle("mentions", mentions > 0);
        tab.badge.hidden = count === 0;
        tab.badge.replaceChildren(
            h("span", { ariaHidden: "true" }, mentions ? `@${shortCount(mentions)} · ${shortCount(count)}` : shortCount(count)),
            h("span", { className: "visually-hidden" }, mentions ? t("unreadMentions", { n: count, mentions }) : t("unread", { n: count })));
        this.#update();
    }

    /** The tabs whose unread count is not visible, because the row of tabs scrolls. */
    get #hiddenUnread() {
        const view = $("channel-tabs").getBoundingClientRect();
        return [...this.#tabs.values()].filter(({ unread, badge }) => {
            const { left, right } = badge.getBoundingClientRect();
            return unread > 0 && (left < view.left - 1 || right > view.right + 1);
        });
    }

    /** Measures once for all changes of a frame. */
    #scheduleDraw() {
        if (this.#isDrawScheduled) return;
        this.#isDrawScheduled = true;
        requestAnimationFrame(() => {
            this.#isDrawScheduled = false;
            this.#drawHiddenUnread();
        });
    }

    #drawHiddenUnread() {
        const n = this.#hiddenUnread.reduce((sum, { unread }) => sum + unread, 0);
        $("hidden-unread").hidden = n === 0;
        $("hidden-unread").textContent = shortCount(n);
        $("hidden-unread").setAttribute("aria-label", t("hiddenUnread", { n }));
    }

    #update() {
        this.#scheduleDraw();
        const unread = [...this.#tabs.values()].reduce((sum, tab) => sum + tab.unread, 0);
        const name = this.#tabs.get(this.#selectedKey)?.name;
        document.title = `${unread ? `(${unread}) ` : ""}${name ? `${name} · ` : ""}Chatrelay`;
    }
}
