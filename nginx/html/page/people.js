// Who is in the room: a panel beside the log, or a drawer (popover) over it where the window is narrow. Each room's people
// are fetched (`who`) and then kept by what is told of them; where a room is too large for that, they are fetched again.

import { $, h, mark } from "./dom.js";
import { locale, t } from "./i18n.js";

const order = new Intl.Collator(locale, { sensitivity: "base", numeric: true });
/** From here on the panel stands beside the log (style/frame.css has the same width). */
/** A list of a large room may be this old (ms): its server tells only how many there are. */
const OLD_MS = 60_000;
const wide = matchMedia("(min-width: 56rem)");

export class People {
    #rooms = new Map();
    #current = null;
    #me = "";
    #ask;
    #write;

    /** @param {{who(room: string), write(name: string)}} on `who` fetches the list; `write`: a name was pressed */
    constructor({ who, write }) {
        this.#ask = who;
        this.#write = write;
        wide.addEventListener("change", () => { if (wide.matches) $("people").hidePopover(); });
        $("people").addEventListener("toggle", (event) => { if (event.newState === "open") $("close-people").focus(); this.#renew(); });
    }

    /** The list of a room came from the server. */
    list({ room, names, users, more }) {
        this.#rooms.set(room, { names: new Set(names), users, more, at: performance.now() });
        this.#draw(room);
    }

    /** We are in the room: who else is in it is fetched as soon as somebody looks. */
    joined({ room, users }) {
        this.count({ room, users }, true);
    }

    /** How many are in the room, when their list may be another. */
    count({ room, users }, atOnce = false) {
        const known = { names: new Set(), more: 0, ...this.#rooms.get(room), users, isOld: true };
        if (atOnce) delete known.at;
        this.#rooms.set(room, known);
        this.#draw(room);
        if (room === this.#current) this.#renew();
    }

    system({ event, room, name, was, users }) {
        if (event === "count") return this.count({ room, users });
        const known = this.#rooms.get(room);
        if (!known) return;
        if (event === "joined") known.names.add(name);
        if (event === "left") known.names.delete(name);
        if (event === "renamed" && known.names.delete(was)) known.names.add(name);
        known.users = users ?? known.users;
        this.#draw(room);
    }

    forget(room) { this.#rooms.delete(room); }

    me(name) {
        this.#me = name;
        this.#draw(this.#current);
    }

    /** @param {string | null} room a room, or null where there is none @param {string[]} [names] the two of a conversation */
    select(room, names = []) {
        this.#current = room;
        if (room !== null) return void (this.#draw(room), this.#renew());
        this.#show("", names, 0);
    }

    /** Fetches the list of the room that is shown, where it is old and somebody may be looking. */
    #renew() {
        const known = this.#rooms.get(this.#current);
        const isSeen = wide.matches || $("people").matches(":popover-open");
        if (!known?.isOld || !isSeen || performance.now() - (known.at ?? -Infinity) < OLD_MS) return;
        known.at = performance.now();
        this.#ask(this.#current);
    }

    #draw(room) {
        if (room !== this.#current || room === null) return;
        const { names = new Set(), users = 0, more = 0 } = this.#rooms.get(room) ?? {};
        this.#show(t("users", { n: users }), [...names].sort(order.compare), more);
    }

    #show(count, names, more) {
        $("people-count").textContent = count;
        $("open-people").textContent = count;
        $("open-people").hidden = count === "";
        const focused = $("people-list").contains(document.activeElement) && document.activeElement.value;
        const lines = names.map((name) => this.#line(name));
        if (more > 0) lines.push(h("li", { className: "note" }, t("morePeople", { n: more })));
        $("people-list").replaceChildren(...lines);
        if (focused) $("people-list").querySelector(`button[value="${CSS.escape(focused)}"]`)?.focus();
    }

    #line(name) {
        const isMe = name === this.#me;
        return h("li", {}, h("button", {
            type: "button", className: "plain", value: name, title: isMe ? t("notes") : t("writeTo", { name }),
            onclick: () => { if (!wide.matches) $("people").hidePopover(); this.#write(name); },
        }, mark(name), h("bdi", { className: "name" }, name), ...isMe ? [h("span", { className: "note" }, `(${t("you")})`)] : []));
    }
}
