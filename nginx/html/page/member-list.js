// The members of the selected channel: a column, or in a narrow window a drawer (side-panel.js). The list of a room is fetched (`who`) and then
// updated by events. For a large room the server sends only the count, so the list is fetched again.

import { avatar } from "./avatars.js";
import { $, h } from "./dom.js";
import { locale, t } from "./i18n.js";

const number = new Intl.NumberFormat(locale);
const order = new Intl.Collator(locale, { sensitivity: "base", numeric: true });
/** The time until an outdated list of a large room is fetched again (ms). */
const MAX_AGE_MS = 60_000;

export class MemberList {
    #rooms = new Map();
    #selectedRoom = null;
    /** {name, user} */
    #self = {};
    #fetch;
    #openConversation;
    #presenceOf;

    /** @param {{fetch(room: string), openConversation(user: {name, user}), presenceOf(user: number): {isAway, status}}} handlers */
    constructor({ fetch, openConversation, presenceOf }) {
        this.#fetch = fetch;
        this.#presenceOf = presenceOf;
        this.#openConversation = openConversation;
        // It is shown now.
        new ResizeObserver(() => this.#fetchIfOutdated()).observe($("members"));
    }

    /** The known members of all rooms, without this user: [{name, user}]. */
    get people() {
        const people = new Map();
        for (const { members } of this.#rooms.values()) {
            for (const [key, name] of members) people.set(key, { name, ...typeof key === "number" && { user: key } });
        }
        people.delete(this.#self.user ?? this.#self.name);
        return [...people.values()].sort((a, b) => order.compare(a.name, b.name));
    }

    /** Sets the list of a room (`who`). */
    setMembers({ room, names, ids = [], users, more }) {
        const members = new Map(names.map((name, i) => [ids[i] ?? name, name]));
        this.#rooms.set(room, { members, users, more, fetchedAt: performance.now() });
        this.#draw(room);
    }

    /** This user has joined the room: the list is fetched as soon as it is visible. */
    joined({ room, users }) {
        this.#setCount({ room, users }, true);
    }

    /** Sets the count of a room, whose list is then outdated. */
    #setCount({ room, users }, fetchNow = false) {
        const known = { members: new Map(), more: 0, ...this.#rooms.get(room), users, isOutdated: true };
        if (fetchNow) delete known.fetchedAt;
        this.#rooms.set(room, known);
        this.#draw(room);
        if (room === this.#selectedRoom) this.#fetchIfOutdated();
    }

    /** Applies a `system` event. */
    update({ event, room, name, was, user, users }) {
        if (event === "count") return this.#setCount({ room, users });
        const known = this.#rooms.get(room);
        if (!known) return;
        if (event === "joined") known.members.set(user ?? name, name);
        if (event === "left") known.members.delete(user ?? name);
        if (event === "renamed" && known.members.delete(user ?? was)) known.members.set(user ?? name, name);
        known.users = users ?? known.users;
        this.#draw(room);
    }

    /** The presence of some users has changed. */
    refresh() { this.#draw(this.#selectedRoom); }

    /** The members that are known now. An unknown list is fetched. @returns {{name, user}[]} */
    known(room) {
        const known = this.#rooms.get(room);
        if (known && known.fetchedAt === undefined) {
            known.fetchedAt = performance.now();
            this.#fetch(room);
        }
        return [...known?.members ?? []].map(([key, name]) => ({ name, ...typeof key === "number" && { user: key } }));
    }

    forget(room) { this.#rooms.delete(room); }

    setSelf(self) {
        this.#self = self;
        this.#draw(this.#selectedRoom);
    }

    /** @param {string | null} room null for a conversation or no channel @param {{name, user}[]} [users] of a conversation */
    select(room, users = []) {
        this.#selectedRoom = room;
        if (room !== null) return void (this.#draw(room), this.#fetchIfOutdated());
        this.#show(0, users, 0);
    }

    /** Somebody looks for a person: the list is needed, although it is not visible. */
    fetchIfOutdated() { this.#fetchIfOutdated(true); }

    /** Fetches the list of the selected room, if it is outdated and visible. */
    #fetchIfOutdated(isVisible = $("members").checkVisibility()) {
        const known = this.#rooms.get(this.#selectedRoom);
        if (!known?.isOutdated || !isVisible || performance.now() - (known.fetchedAt ?? -Infinity) < MAX_AGE_MS) return;
        known.fetchedAt = performance.now();
        this.#fetch(this.#selectedRoom);
    }

    #draw(room) {
        if (room !== this.#selectedRoom || room === null) return;
        const { members = new Map(), users = 0, more = 0 } = this.#rooms.get(room) ?? {};
        const all = [...members].map(([key, name]) => ({ name, ...typeof key === "number" && { user: key } }));
        this.#show(users, all.sort((a, b) => order.compare(a.name, b.name)), more);
    }

    #show(n, users, more) {
        const count = n === 0 ? "" : t("memberCount", { n });
        $("member-count").textContent = count === "" ? "" : number.format(n);
        for (const id of ["open-members", "menu-members"]) $(id).hidden = count === "";
        $("open-members").ariaLabel = count;
        $("open-members").title = count;
        const focused = $("member-list").contains(document.activeElement) && document.activeElement.value;
        const items = users.map((user) => this.#item(user));
        if (more > 0) items.push(h("li", { className: "note" }, t("moreMembers", { n: more })));
        $("member-list").replaceChildren(...items);
        if (focused) $("member-list").querySelector(`button[value="${CSS.escape(focused)}"]`)?.focus();
    }

    #item({ name, user }) {
        const isOwn = user === undefined ? name === this.#self.name : user === this.#self.user;
        const { isAway, status } = this.#presenceOf(user);
        return h("li", {}, h("button", {
            type: "button", className: isAway ? "plain is-away" : "plain", value: String(user ?? name), title: isOwn ? t("notes") : t("writeTo", { name }),
            onclick: () => this.#openConversation({ name, user }),
        }, avatar(name, user), h("bdi", { className: "member-name" }, name), ...isOwn ? [h("span", { className: "note" }, `(${t("you")})`)] : [],
        ...isAway ? [h("span", { className: "visually-hidden" }, t("away"))] : [],
        ...status === undefined ? [] : [h("bdi", { className: "note member-status", title: status }, status)]));
    }
}
