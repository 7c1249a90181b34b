// The switcher (Ctrl + K): one input finds rooms, conversations and people. A combobox with a list: the focus stays in the input.

import { avatar } from "./avatars.js";
import { $, h } from "./dom.js";
import { t } from "./i18n.js";
import { rank } from "./switcher-rank.js";

/** The most entries that are shown. */
const MAX_ENTRIES = 50;

export class Switcher {
    #dialog = $("switcher-dialog");
    #input = $("switcher-input");
    #list = $("switcher-list");
    #handlers;
    #entries = [];
    #active = 0;

    /**
     * @param {{entries(): object[], newRoom(text: string): object | undefined, opened()}} handlers `entries`: of the list, each
     *   {name, id?, user?, kind: "room" | "conversation" | "otherRoom" | "person", unread, mentions, isSelected, open()}, the most likely
     *   first; `newRoom`: the entry that makes a room of this name
     */
    constructor(handlers) {
        this.#handlers = handlers;
        this.#input.addEventListener("input", () => this.draw());
        this.#input.addEventListener("keydown", (event) => this.#pressed(event));
    }

    open() {
        if (this.#dialog.open) return this.#dialog.close();
        if (document.querySelector("dialog[open]")) return;
        this.#input.value = "";
        this.#handlers.opened();
        this.#dialog.showModal();
        this.draw();
        this.#input.focus();
    }

    /** Shows what matches the input. Also called when the rooms of the server arrive. */
    draw() {
        if (!this.#dialog.open) return;
        const text = this.#input.value.trim();
        const found = rank(this.#handlers.entries(), text).slice(0, MAX_ENTRIES);
        const room = this.#handlers.newRoom(text);
        this.#entries = [...found, ...room ? [room] : []];
        this.#list.replaceChildren(...this.#entries.map((entry, i) => this.#item(entry, i)));
        $("switcher-empty").hidden = this.#entries.length > 0;
        this.#setActive(0);
    }

    #item(entry, i) {
        const { name, id = name, user, kind, unread = 0, mentions = 0 } = entry;
        const isPerson = kind === "person" || kind === "conversation";
        const sign = isPerson ? avatar(name, user) : h("span", { className: "room-sign", ariaHidden: "true" }, kind === "newRoom" ? "+" : "#");
        const note = { otherRoom: t("join"), newRoom: t("create"), person: t("person") }[kind];
        const item = h("li", { id: `switcher-${i}`, role: "option", className: unread ? "unread" : "", onclick: () => this.#choose(entry) },
            sign, h("bdi", { className: "tab-name" }, name),
            ...id === name ? [] : [" ", h("span", { className: "note" }, `#${id}`)],
            ...note ? [" ", h("span", { className: "note" }, note)] : [],
            ...unread ? [" ", h("span", { className: mentions ? "badge mentions" : "badge" }, mentions ? `@${mentions}` : String(unread))] : []);
        item.addEventListener("pointermove", () => this.#setActive(i, false));
        return item;
    }

    #setActive(index, scrolls = true) {
        this.#active = index;
        for (const [i, item] of [...this.#list.children].entries()) item.ariaSelected = String(i === index);
        const item = this.#list.children[index];
        if (!item) return this.#input.removeAttribute("aria-activedescendant");
        this.#input.setAttribute("aria-activedescendant", item.id);
        if (scrolls) item.scrollIntoView({ block: "nearest" });
    }

    #choose(entry) {
        if (!entry) return;
        this.#dialog.close();
        entry.open();
    }

    #pressed(event) {
        // 229: Safari (composer.js).
        if (event.isComposing || event.keyCode === 229) return;
        const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        const count = this.#entries.length;
        if (by && count) this.#setActive((this.#active + by + count) % count);
        else if (event.key === "Enter") this.#choose(this.#entries[this.#active]);
        else return;
        event.preventDefault();
    }
}
