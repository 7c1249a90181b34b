// The sidebar's list of the joined rooms and the conversations. Unread messages make a name bold and show their number; mentions
// and private messages have a filled badge. What is out of sight is told by the pills at both ends of the list, by the button that
// opens the sidebar, and by the window title.

import { avatar } from "./avatars.js";
import { $, h } from "./dom.js";
import { t } from "./i18n.js";

/** A larger count is shown as "99+", so that the badge stays narrow. */
const MAX_BADGE = 99;
const shortCount = (count) => count > MAX_BADGE ? `${MAX_BADGE}+` : String(count);

export class ChannelList {
    #entries = new Map();
    #selectedKey = null;
    #clicked;
    #isDrawScheduled = false;
    #lists = $("channel-lists");

    /** @param {(key: string) => void} clicked */
    constructor(clicked) {
        this.#clicked = clicked;
        this.#lists.addEventListener("scroll", () => this.#scheduleDraw(), { passive: true });
        new ResizeObserver(() => this.#scheduleDraw()).observe(this.#lists);
        for (const side of ["above", "below"]) {
            $(`unread-${side}`).addEventListener("click", () => {
                const next = side === "above" ? this.#outOfSight.above.at(-1) : this.#outOfSight.below[0];
                next?.button.scrollIntoView({ block: "center" });
                next?.button.focus({ preventScroll: true });
            });
        }
    }

    /** @param {string} key @param {{label: string, user?: number, isPrivate: boolean}} channel `label`: its name, or a room's title */
    add(key, { label: name, user, isPrivate }) {
        const badge = h("span", { className: "badge", hidden: true });
        const button = h("button", { type: "button", className: "tab", onclick: () => this.#clicked(key) },
            isPrivate ? avatar(name, user) : h("span", { className: "room-sign", ariaHidden: "true", textContent: "#" }),
            ...isPrivate ? [h("span", { className: "visually-hidden" }, t("private"), " ")] : [],
            h("bdi", { className: "tab-name", title: isPrivate ? name : `#${key}` }, name), badge);
        const item = h("li", { className: isPrivate ? "private" : "" }, button);
        this.#entries.set(key, { name, user, isPrivate, item, button, badge, unread: 0, mentions: 0 });
        $(isPrivate ? "conversation-entries" : "room-entries").append(item);
        this.#update();
    }

    /** The user of a conversation has another name, or the room another title. The tooltip of a room is its name. */
    rename(key, name) {
        const entry = this.#entries.get(key);
        if (!entry) return;
        entry.name = name;
        Object.assign(entry.button.querySelector(".tab-name"), { textContent: name, title: entry.isPrivate ? name : `#${key}` });
        entry.button.querySelector(".avatar")?.replaceWith(avatar(name, entry.user));
        this.#update();
    }

    remove(key) {
        this.#entries.get(key)?.item.remove();
        this.#entries.delete(key);
        this.#update();
    }

    select(key) {
        this.#entries.get(this.#selectedKey)?.button.removeAttribute("aria-current");
        this.#selectedKey = key;
        const button = this.#entries.get(key)?.button;
        button?.setAttribute("aria-current", "true");
        button?.scrollIntoView({ block: "nearest" });
        this.#update();
    }

    /** @param {number} count of unread messages @param {number} mentions how many of these mention the user */
    setUnread(key, count, mentions = 0) {
        const entry = this.#entries.get(key);
        if (!entry || entry.unread === count && entry.mentions === mentions) return;
        Object.assign(entry, { unread: count, mentions });
        entry.button.classList.toggle("unread", count > 0);
        entry.badge.classList.toggle("mentions", mentions > 0);
        entry.badge.hidden = count === 0;
        entry.badge.replaceChildren(
            h("span", { ariaHidden: "true" }, mentions ? `@${shortCount(mentions)}` : shortCount(count)),
            h("span", { className: "visually-hidden" }, mentions ? t("unreadMentions", { n: count, mentions }) : t("unread", { n: count })));
        this.#update();
    }

    /** A muted channel shows no unread messages. */
    setMuted(key, isMuted) { this.#entries.get(key)?.button.classList.toggle("muted", isMuted); }

    /** The keys in the order of the list; with `unread` only those with unread messages. */
    keys({ unread = false } = {}) {
        const all = [...this.#entries].filter(([, entry]) => !unread || entry.unread > 0);
        return [...all.filter(([, { isPrivate }]) => !isPrivate), ...all.filter(([, { isPrivate }]) => isPrivate)].map(([key]) => key);
    }

    /** The key below (1) or above (-1) the selected one, round the ends; with `unread` the next one that has unread messages. */
    next(by, { unread = false } = {}) {
        const all = this.keys();
        const from = all.indexOf(this.#selectedKey);
        const others = all.map((_, i) => all.at((from + by * (i + 1)) % all.length)).filter((key) => key !== this.#selectedKey);
        return others.find((key) => !unread || this.unread(key).unread > 0);
    }

    /** {unread, mentions} of a channel. */
    unread(key) {
        const { unread = 0, mentions = 0 } = this.#entries.get(key) ?? {};
        return { unread, mentions };
    }

    /** The entries whose unread count is scrolled out of sight, from top to bottom. */
    get #outOfSight() {
        const view = this.#lists.getBoundingClientRect();
        const found = { above: [], below: [] };
        for (const key of this.keys({ unread: true })) {
            const entry = this.#entries.get(key);
            const { top, bottom } = entry.badge.getBoundingClientRect();
            if (top < view.top - 1) found.above.push(entry);
            else if (bottom > view.bottom + 1) found.below.push(entry);
        }
        return found;
    }

    /** Measures once for all changes of a frame. */
    #scheduleDraw() {
        if (this.#isDrawScheduled) return;
        this.#isDrawScheduled = true;
        requestAnimationFrame(() => {
            this.#isDrawScheduled = false;
            const found = this.#lists.checkVisibility() ? this.#outOfSight : { above: [], below: [] };
            for (const [side, entries] of Object.entries(found)) this.#drawPill($(`unread-${side}`), entries);
        });
    }

    #drawPill(pill, entries) {
        const { unread, mentions, attention } = sum(entries);
        pill.hidden = unread === 0;
        pill.classList.toggle("mentions", attention > 0);
        pill.textContent = attention === 0 ? t("unread", { n: unread }) : t(attention > mentions ? "unread" : "mentionCount", { n: attention });
        pill.setAttribute("aria-label", mentions ? t("hiddenMentions", { n: unread, mentions }) : t("hiddenUnread", { n: unread }));
    }

    #update() {
        this.#scheduleDraw();
        $("no-conversations").hidden = $("conversation-entries").childElementCount > 0;
        const selected = this.#entries.get(this.#selectedKey);
        const { unread } = sum([...this.#entries.values()]);
        document.title = `${unread ? `(${unread}) ` : ""}${selected ? `${selected.name} · ` : ""}Chatrelay`;
        this.#drawOpener(sum([...this.#entries.values()].filter((entry) => entry !== selected)));
    }

    /** The button that opens the sidebar shows what is unread in the other channels. */
    #drawOpener({ unread, mentions, attention }) {
        const badge = $("other-unread");
        badge.hidden = unread === 0;
        badge.textContent = shortCount(attention || unread);
        badge.classList.toggle("mentions", attention > 0);
        const count = mentions ? t("unreadMentions", { n: unread, mentions }) : unread ? t("unread", { n: unread }) : "";
        $("open-sidebar").ariaLabel = [t("channels"), count].filter(Boolean).join(t("listSeparator"));
    }
}

/** `attention`: what is for this user alone, mentions and private messages. */
const sum = (entries) => ({
    attention: entries.reduce((total, { isPrivate, unread, mentions }) => total + (isPrivate ? unread : mentions), 0),
    unread: entries.reduce((total, { unread }) => total + unread, 0),
    mentions: entries.reduce((total, { mentions }) => total + mentions, 0),
});
