// The page: joins the library's events to the views.

import { ChatRelay, ROOM_NAME } from "../chatrelay.js";
import { Composer } from "./composer.js";
import { Device, askToBecome, takeToken } from "./device.js";
import { NameDialog, RoomsDialog } from "./dialogs.js";
import { $ } from "./dom.js";
import { listen } from "./events.js";
import { invitation, quiet, showHead } from "./head.js";
import { t, translate } from "./i18n.js";
import { keys } from "./keys.js";
import { Line } from "./line.js";
import { People } from "./people.js";
import { Places } from "./places.js";
import { Read } from "./read.js";
import { Search } from "./search.js";
import { Spoken } from "./spoken.js";
import { store } from "./store.js";
import { Tabs } from "./tabs.js";
import { Typing } from "./typing.js";

translate(document);

const token = takeToken();
/** The room that the address names (page#room), so that a link leads to a room. */
const linkedRoom = () => [location.hash.slice(1)].find((name) => ROOM_NAME.test(name));
const linked = linkedRoom();
const chat = new ChatRelay({ name: store.name, rooms: [...new Set([...store.rooms, ...(linked ? [linked] : [])])] });
const tabs = new Tabs((key) => places.select(key));
const people = new People({ who: (room) => chat.who(room), write });
const typing = new Typing();
const line = new Line(() => chat.connect(), () => chat.pending.filter(({ status }) => status === "pending").length);
const spoken = new Spoken($("spoken"));
const read = new Read(store);
const places = new Places({
    read, store, write, added, selected, removed,
    load: ({ about }, page) => chat.history(about, page),
    unread: (key, count) => tabs.unread(key, count),
    isRead: (key) => key === places.current && document.hasFocus() && !document.hidden,
});
const composer = new Composer({
    send(key, text) {
        const { name, isPrivate } = places.get(key);
        if (isPrivate) chat.sendPrivate(name, text);
        else chat.send(name, text);
    },
    typing: (key) => chat.typing(key),
});
const names = new NameDialog(rename, new Device(() => chat.token));
const rooms = new RoomsDialog({ enter, mine: (room) => places.get(room) !== undefined });
const search = new Search({
    search: (text, options) => chat.search(text, options),
    place: () => places.shown ?? {},
    goTo(message) {
        const place = message.room === undefined ? places.conversation(message.own ? message.to : message.from, message.gone)
            : places.get(message.room);
        if (!place) return;
        places.select(place.key);
        place.log.goTo(message.seq);
    },
});
const page = {
    chat, line, people, typing, spoken, read, places, composer, names, rooms, search, named, pend, focusComposer,
    /** The room that is to be shown as soon as it is joined. */
    wanted: linked ?? null,
};

/** A room or conversation is there: its tab, and what waits in it. */
function added(place) {
    place.log.blank = quiet(place, chat.name, openName);
    $("logs").append(place.log.element);
    tabs.add(place.key, place);
    for (const message of chat.pending) if ((message.room ?? `@${message.to}`) === place.key) pend(message, place);
}

function removed({ key }) {
    tabs.remove(key);
    people.forget(key);
    composer.forget(key);
}

function pend(message, place = places.get(message.room ?? `@${message.to}`)) {
    place?.log.pending(chat.name ?? "", { ...message, waits: chat.state.state !== "online" }, {
        retry: () => chat.retry(message.id),
        discard() {
            chat.discard(message.id);
            place.log.discard(message.id);
        },
    });
    line.count();
}

function selected(place) {
    const { key = null, name, isPrivate = false, isOpen = false } = place ?? {};
    showHead(place, chat.name);
    tabs.select(key);
    typing.select(key);
    spoken.forget();
    people.select(isPrivate ? null : key, isPrivate ? [...new Set([name, chat.name])] : []);
    composer.select(key, { text: invitation(place, chat.name), isOpen });
}

/** Ready to write; but on a phone the keyboard comes only when it is asked for. */
function focusComposer() {
    if (matchMedia("(pointer: fine)").matches && !document.querySelector("dialog[open]")) composer.focus();
}

/** Opens the conversation with somebody. */
function write(name) {
    places.select(places.conversation(name).key);
    focusComposer();
}

/** Shows the room; joins it, or makes it, first if need be. */
function enter(room) {
    if (!places.get(room)) {
        page.wanted = room;
        chat.join(room, { create: true });
        return;
    }
    rooms.close();
    places.select(room);
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
    for (const place of places.all) place.log.blank = quiet(place, chat.name, openName);
}

function openName() {
    // Who has no token was let in by a proxy's word.
    names.open(chat.name ?? "", chat.state.state === "online" && chat.token === undefined);
}

async function offered(token) {
    if (token === undefined || token === chat.token) return;
    if (!await askToBecome(chat.token && (chat.name ?? ""))) return;
    chat.become(token);
    store.forget();
    location.reload();
}

$("open-name").addEventListener("click", openName);
$("open-rooms").addEventListener("click", () => { chat.list(); rooms.open(); });
$("open-search").addEventListener("click", () => search.open());
$("leave").addEventListener("click", () => {
    if (places.shown.isPrivate) places.close(places.current);
    else chat.leave(places.current);
});
keys({ search: () => search.open() });
addEventListener("hashchange", () => {
    if (linkedRoom()) enter(linkedRoom());
    else void offered(takeToken());
});
addEventListener("storage", () => places.readElsewhere());
for (const moment of ["focus", "visibilitychange"]) addEventListener(moment, () => places.seen(), { capture: true });

listen(page);
selected();
chat.connect();
void offered(token);
