// The page: joins the library's events to the views. It owns which room is shown, and nothing else.

import { ChatRelay, ROOM_NAME } from "../chatrelay.js";
import { Composer } from "./composer.js";
import { NameDialog, RoomsDialog } from "./dialogs.js";
import { $, announce, h } from "./dom.js";
import { parts, t, translate } from "./i18n.js";
import { Line } from "./line.js";
import { Log } from "./log.js";
import { People } from "./people.js";
import { store } from "./store.js";
import { Tabs } from "./tabs.js";
import { Typing } from "./typing.js";

translate(document);

/** The room that the address names (page#room), so that a link leads to a room. */
const linkedRoom = () => [location.hash.slice(1)].find((name) => ROOM_NAME.test(name));
const linked = linkedRoom();
const chat = new ChatRelay({ name: store.name, rooms: [...new Set([...store.rooms, ...(linked ? [linked] : [])])] });
const logs = new Map();
const tabs = new Tabs(select);
const people = new People();
const typing = new Typing();
const line = new Line(() => chat.connect());
const composer = new Composer({ send: (room, text) => chat.send(room, text), typing: (room) => chat.typing(room) });
const names = new NameDialog(rename);
const rooms = new RoomsDialog({ enter, mine: (room) => logs.has(room) });
let current = null;
/** The room that is to be shown as soon as it is joined. */
let wanted = linked ?? null;

const on = (type, action) => chat.addEventListener(type, (event) => action(event.detail));
const reading = (room) => room === current && document.hasFocus() && !document.hidden;

on("state", (state) => {
    line.show(state);
    $("rooms-form").querySelector("button").disabled = state.state !== "online";
});

/** A welcome under another name than the one asked for: said in the first room that is joined. */
let notice = null;
on("welcome", (welcome) => {
    composer.limit = welcome.limits.text;
    named(welcome.name);
    if (welcome.asked !== undefined && welcome.asked !== welcome.name) notice = welcome;
});

on("joined", ({ room, users }) => {
    const before = logs.get(room);
    const log = before ?? add(room);
    // Until the server gives out what was missed (its next version), say that there is a gap.
    before?.system({ event: "gap", at: Date.now() });
    people.count({ room, users });
    chat.who(room);
    store.rooms = chat.rooms;
    if (notice) log.system({ event: "name-was", asked: notice.asked, name: notice.name, at: Date.now() });
    notice = null;
    if (room === wanted) {
        wanted = null;
        rooms.close();
        select(room);
        focusComposer();
    } else if (current === null) {
        select(room);
        focusComposer();
    }
});

on("left", ({ room }) => {
    logs.get(room)?.element.remove();
    logs.delete(room);
    tabs.remove(room);
    people.forget(room);
    composer.forget(room);
    store.rooms = chat.rooms;
    if (room === current) select([...logs.keys()][0] ?? null);
});

on("message", (message) => {
    logs.get(message.room)?.message(message);
    typing.stop(message.room, message.from);
    if (!message.own && !reading(message.room)) tabs.unread(message.room);
});

on("pending", (message) => logs.get(message.room)?.pending(
    chat.name ?? "", { ...message, waits: chat.state.state !== "online" },
    { retry: () => chat.retry(message.id), discard: () => { chat.discard(message.id); logs.get(message.room)?.discard(message.id); } }));

on("system", (event) => {
    for (const [room, log] of logs) if (event.room === undefined || event.room === room) log.system(event, chat.name);
    people.system(event);
    typing.stop(event.room, event.was ?? event.name);
});

on("who", (list) => people.list(list));
on("typing", (event) => typing.heard(event));
on("rooms", (list) => rooms.list(list));

on("renamed", ({ name }) => {
    named(name);
    store.name = name;
    names.close();
    announce(t("youAre", { name }));
});

on("error", (error) => {
    if (error.id !== undefined) return;
    if (error.code === "name-taken" || error.code === "bad-name") names.refused(error);
    else if (error.room !== undefined && error.room === wanted) {
        wanted = null;
        rooms.refused(error);
    } else announce(error.message);
});

function add(room) {
    const log = new Log(room);
    log.blank = quiet();
    logs.set(room, log);
    $("logs").append(log.element);
    tabs.add(room);
    return log;
}

/** What stands in a room where nothing has been said: who one is, and that this can be changed. */
const quiet = () => [
    h("p", { className: "quiet" }, t("quiet")),
    h("p", {}, ...parts("youAre", { name: chat.name }), " ",
        h("button", { type: "button", className: "link", onclick: () => names.open(chat.name) }, t("changeName"))),
];

function select(room) {
    logs.get(current)?.show(false);
    current = room;
    logs.get(room)?.show(true);
    for (const view of [tabs, people, typing, composer]) view.select(room);
    $("room-title").textContent = room ?? t("noRoom");
    $("leave").hidden = room === null;
    history.replaceState(null, "", room === null ? location.pathname : `#${room}`);
}

/** Ready to write; but on a phone the keyboard comes only when it is asked for. */
function focusComposer() {
    if (matchMedia("(pointer: fine)").matches && !document.querySelector("dialog[open]")) composer.focus();
}

/** Shows the room; joins it, or makes it, first if need be. */
function enter(room) {
    if (!logs.has(room)) {
        wanted = room;
        chat.join(room, { create: true });
        return;
    }
    rooms.close();
    select(room);
}

function rename(name) {
    if (name === chat.name) return names.close();
    chat.rename(name);
    if (chat.state.state === "online") return;
    store.name = name;
    named(name);
    names.close();
}

function named(name) {
    $("my-name").textContent = name;
    $("open-name").setAttribute("aria-label", t("myName", { name }));
    people.me(name);
    for (const log of logs.values()) log.blank = quiet();
}

$("open-name").addEventListener("click", () => names.open(chat.name ?? ""));
$("open-rooms").addEventListener("click", () => { chat.list(); rooms.open(); });
$("leave").addEventListener("click", () => chat.leave(current));
addEventListener("hashchange", () => { if (linkedRoom()) enter(linkedRoom()); });
for (const moment of ["focus", "visibilitychange"]) {
    addEventListener(moment, () => { if (reading(current)) tabs.read(current); }, { capture: true });
}

select(null);
chat.connect();
