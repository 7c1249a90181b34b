// What the server says, and what the page shows of it.

import { fault } from "./dialogs.js";
import { $, announce } from "./dom.js";
import { t } from "./i18n.js";
import { store } from "./store.js";

/** @param {object} page the library and the views (page/app.js) */
export function listen(page) {
    const { chat, line, people, typing, spoken, read, places, composer, names, rooms, search } = page;
    const on = (type, action) => chat.addEventListener(type, (event) => action(event.detail));
    /** A welcome under another name than the one asked for: said in the first room that is joined. */
    let notice = null;

    on("state", (state) => {
        line.show(state);
        $("rooms-form").querySelector("button").disabled = state.state !== "online";
        for (const { log } of places.all) {
            if (state.state === "online") log.more();
            else log.failed();
        }
    });

    on("welcome", (welcome) => {
        composer.limit = welcome.limits.text;
        composer.unmute();
        read.welcomed(welcome);
        page.named(welcome.name);
        if (welcome.asked !== undefined && welcome.asked !== welcome.name) notice = welcome;
        for (const { to } of chat.pending) if (to !== undefined) places.conversation(to);
        if (!welcome.anew) return;
        for (const { log } of places.all) {
            log.forgetNumbers();
            log.system({ event: "anew", at: Date.now() });
        }
    });

    on("joined", ({ room, users }) => {
        const { log } = places.room(room);
        people.joined({ room, users });
        store.rooms = chat.rooms;
        if (notice) log.system({ event: "name-was", asked: notice.asked, name: notice.name, at: Date.now() });
        notice = null;
        if (room !== page.wanted && places.current !== null) return;
        if (room === page.wanted) rooms.close();
        page.wanted = room === page.wanted ? null : page.wanted;
        places.select(room);
        page.focusComposer();
    });

    on("left", ({ room }) => {
        places.remove(room);
        store.rooms = chat.rooms;
    });

    for (const type of ["message", "private"]) {
        on(type, (message) => {
            const place = places.message(message);
            if (message.own) composer.unmute();
            typing.stop(message.room, message.from);
            if (place && place === places.shown && !message.own) spoken.message(message);
        });
    }

    on("history", (page) => places.page(page));
    on("found", (page) => search.found(page));

    on("deleted", (deleted) => {
        places.removed(deleted);
        spoken.remove(deleted.message);
        search.removed(deleted.message);
    });

    on("pending", (message) => page.pend(message));

    on("system", (event) => {
        for (const place of places.all) {
            const isThere = event.room === undefined || (!place.isPrivate && event.room === place.key);
            if (isThere) place.log.system(event, chat.name);
        }
        if (event.event === "announcement") return announce(t("announced", event));
        if (event.event === "renamed") places.renamed(event.was, event.name);
        people.system(event);
        typing.stop(event.room, event.was ?? event.name);
    });

    on("who", (list) => people.list(list));
    on("typing", (event) => typing.heard(event));
    on("rooms", (list) => rooms.list(list));

    on("renamed", ({ name }) => {
        page.named(name);
        store.name = name;
        names.close();
        announce(t("youAre", { name }));
    });

    on("error", (error) => {
        if (error.code === "muted") {
            composer.mute(error.until);
            announce(fault(error));
        }
        if (error.id !== undefined || error.code === "muted" && error.room !== undefined) return;
        for (const { log, about } of places.all) if (error.with === about.with && error.room === about.room) log.failed();
        if (["name-taken", "name-banned", "bad-name", "name-fixed"].includes(error.code)) return names.refused(error);
        if (error.room !== undefined && error.room === page.wanted) {
            page.wanted = null;
            return rooms.refused(error);
        }
        if (error.code === "no-such-user" && error.with !== undefined) places.gone(error.with);
        search.failed(fault(error));
        announce(fault(error));
    });
}
