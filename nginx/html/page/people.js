// Who is in the room: a panel beside the log, or a drawer (popover) over it where the window is narrow. Each room's people
// are fetched once (`who`) and then kept by what is told of them.

import { $, h, person } from "./dom.js";
import { locale, t } from "./i18n.js";

const order = new Intl.Collator(locale, { sensitivity: "base", numeric: true });
/** From here on the panel stands beside the log (style/frame.css has the same width). */
const wide = matchMedia("(min-width: 56rem)");

export class People {
    #rooms = new Map();
    #current = null;
    #me = "";

    constructor() {
        wide.addEventListener("change", () => { if (wide.matches) $("people").hidePopover(); });
        $("people").addEventListener("toggle", (event) => { if (event.newState === "open") $("close-people").focus(); });
    }

    /** The list of a room came from the server. */
    list({ room, names, users, more }) {
        this.#rooms.set(room, { names: new Set(names), users, more });
        this.#draw(room);
    }

    /** How many are in the room, before their list has come. */
    count({ room, users }) {
        const known = this.#rooms.get(room);
        this.#rooms.set(room, { names: known?.names ?? new Set(), more: known?.more ?? 0, users });
        this.#draw(room);
    }

    system({ event, room, name, was, users }) {
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

    select(room) {
        this.#current = room;
        this.#draw(room);
    }

    #draw(room) {
        if (room !== this.#current) return;
        const { names = new Set(), users = 0, more = 0 } = this.#rooms.get(room) ?? {};
        const count = room === null ? "" : t("users", { n: users });
        $("people-count").textContent = count;
        $("open-people").textContent = count;
        $("open-people").hidden = room === null;
        const lines = [...names].sort(order.compare).map((name) => this.#line(name));
        if (more > 0) lines.push(h("li", { className: "note" }, t("morePeople", { n: more })));
        $("people-list").replaceChildren(...lines);
    }

    #line(name) {
        const line = h("li", {}, h("span", { className: "mark", ariaHidden: "true" }), person(name));
        line.firstChild.style.setProperty("--hue", line.lastChild.style.getPropertyValue("--hue"));
        if (name === this.#me) line.append(" ", h("span", { className: "note" }, `(${t("you")})`));
        return line;
    }
}
