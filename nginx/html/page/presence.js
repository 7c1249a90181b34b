// Who is here, who is away, and the status lines: what the page knows of other users, and what it says of its own.

import { errorText } from "./dialogs.js";
import { $, announce, h } from "./dom.js";
import { locale, t } from "./i18n.js";

/** The time without input after which the page says that nobody looks at it (ms). */
const AWAY_MS = 300_000;
/** The time until the page asks again how the other user of a conversation is (ms). Events come only of users in a common room. */
const MAX_AGE_MS = 60_000;
/** The time until the member list shows a change (ms): in a large room many may come at once. */
const REDRAW_MS = 200;

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

/** @param {number} ms */
function ago(ms) {
    const minutes = Math.round(ms / 60_000);
    if (minutes < 60) return relative.format(-minutes, "minute");
    return minutes < 1_440 ? relative.format(-Math.round(minutes / 60), "hour") : relative.format(-Math.round(minutes / 1_440), "day");
}

/** Calls `setAway` when nobody has used the page for a while, and when somebody does again. */
export function watchActivity(setAway) {
    let activeAt = performance.now();
    let isAway = false;
    const check = () => {
        const rest = AWAY_MS - (performance.now() - activeAt);
        if (rest > 0) return void setTimeout(check, rest);
        isAway = true;
        setAway(true);
    };
    const active = () => {
        if (document.hidden) return;
        activeAt = performance.now();
        if (!isAway) return;
        isAway = false;
        setAway(false);
        setTimeout(check, AWAY_MS);
    };
    for (const type of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus", "visibilitychange"]) {
        addEventListener(type, active, { capture: true, passive: true });
    }
    setTimeout(check, AWAY_MS);
}

/** What is known of each user, by its id. */
export class Presences {
    #known = new Map();
    #changed;
    #timer;

    /** @param {() => void} changed */
    constructor(changed) { this.#changed = changed; }

    /** @returns {{isAway: boolean, status?: string}} */
    of(user) { return this.#known.get(user) ?? { isAway: false }; }

    /** Learns from `who`, `presence`, `system` and `welcome`. */
    learn(event) {
        const { type, user, away, status, statuses = [], ids } = event;
        if (type === "welcome") this.#known.clear();
        else if (ids) {
            const texts = new Map(statuses.map((each) => [each.user, each.status]));
            for (const id of ids) this.#known.set(id, { isAway: away?.includes(id) ?? false, status: texts.get(id) });
        } else if (user !== undefined && (type !== "system" || event.event === "joined")) this.#known.set(user, { isAway: away ?? false, status });
        else return;
        this.#timer ??= setTimeout(() => { this.#timer = undefined; this.#changed(); }, REDRAW_MS);
    }
}

/** How the other user of the selected conversation is, in its header. */
export class ConversationPresence {
    #element = $("channel-presence");
    #ask;
    #now;
    #target = null;
    #timer;

    /** @param {{ask(target: {with: string} | {user: number}), now(): number}} handlers `now`: the server's time */
    constructor({ ask, now }) {
        this.#ask = ask;
        this.#now = now;
        document.addEventListener("visibilitychange", () => this.refresh());
    }

    /** @param {{name: string, user?: number} | null} target null for a channel without another user */
    select(target) {
        if (target === this.#target || target && this.#target?.name === target.name && this.#target.user === target.user) return;
        this.#target = target;
        this.#element.replaceChildren();
        this.refresh();
    }

    refresh() {
        clearTimeout(this.#timer);
        if (!this.#target || document.hidden) return;
        const { name, user } = this.#target;
        this.#ask(user === undefined ? { with: name } : { user });
        this.#timer = setTimeout(() => this.refresh(), MAX_AGE_MS);
    }

    /** Shows the answer of `who`, or a `presence` event. */
    show({ with: name, user, online = true, away = false, status, seen }) {
        if (!this.#target) return;
        if (this.#target.user === undefined ? name !== this.#target.name : user !== this.#target.user) return;
        const state = online ? t(away ? "away" : "online") : seen === undefined ? t("offline") : t("lastSeen", { time: ago(this.#now() - seen) });
        this.#element.replaceChildren(state, ...status === undefined ? [] : [" · ", h("bdi", {}, status)]);
    }
}

/** The own status, in the dialog of the name. */
export class StatusForm {
    #set;
    #saved;
    #isPending = false;

    /** @param {{set(text: string): boolean, saved()}} handlers `set`: false without a connection */
    constructor({ set, saved }) {
        this.#set = set;
        this.#saved = saved;
        $("status-form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#isPending = this.#set($("status-input").value.trim());
            this.#setError(this.#isPending ? "" : t("errors.try-again"));
        });
    }

    show(status = "") {
        this.#isPending = false;
        this.#setError("");
        $("status-input").value = status;
    }

    /** The server has stored a status. */
    stored() {
        if (!this.#isPending) return;
        this.#isPending = false;
        announce(t("statusSaved"));
        this.#saved();
    }

    /** @returns {boolean} whether the error is that of the status */
    refused(error) {
        if (!this.#isPending || error.code !== "bad-status" && error.code !== "muted" && error.command !== "presence") return false;
        this.#isPending = false;
        this.#setError(errorText(error));
        return true;
    }

    #setError(text) {
        $("status-error").textContent = text;
        if (text) $("status-input").setAttribute("aria-invalid", "true");
        else $("status-input").removeAttribute("aria-invalid");
    }
}
