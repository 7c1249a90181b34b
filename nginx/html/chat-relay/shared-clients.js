// The clients of the elements of a page: those of one server share one, so a visitor is one user with one connection.

import { ChatRelay } from "../chatrelay.js";

/** For each URL: {chat, members: Map of room → number of elements, titles: Map of room → title, restarts: Set of functions, stop()}. */
const clients = new Map();

/**
 * An element shows a room. @param {string} url of the WebSocket @param {{name?: string, restart()}} element `name`: what a new user
 *   asks for, if this element is the first one; `restart`: leaves, and enters again
 * @returns {{chat: ChatRelay, title?: string, begin(), leave(), renew()}} `title`: of the room, if another element is in it. `begin`: call it with all listeners in place. `renew`: this browser became
 *   another user, so all elements need a new client.
 */
export function enter(url, room, { name, restart }) {
    const client = clients.get(url) ?? open(url, room, name);
    const { chat, members, restarts, titles } = client;
    members.set(room, (members.get(room) ?? 0) + 1);
    restarts.add(restart);
    return {
        chat, title: titles.get(room),
        begin() {
            if (!client.isBegun) chat.connect();
            // Another element shows the room already. Without a connection, RoomView asks later.
            else if (members.get(room) > 1) chat.history({ room });
            else chat.join(room, { create: true });
            client.isBegun = true;
        },
        leave() {
            restarts.delete(restart);
            members.set(room, members.get(room) - 1);
            if (members.get(room) > 0) return;
            members.delete(room);
            titles.delete(room);
            if (members.size > 0) return chat.leave(room);
            if (clients.get(url) === client) clients.delete(url);
            client.stop();
        },
        renew() {
            clients.delete(url);
            for (const each of [...restarts]) each();
        },
    };
}

function open(url, room, name) {
    const chat = new ChatRelay({ url, name, rooms: [room] });
    const listeners = new AbortController();
    const tellAway = () => chat.setAway(document.hidden);
    document.addEventListener("visibilitychange", tellAway, { signal: listeners.signal });
    tellAway();
    const titles = new Map();
    for (const type of ["joined", "topic"]) chat.addEventListener(type, ({ detail }) => titles.set(detail.room, detail.title));
    const client = {
        chat, titles, members: new Map(), restarts: new Set(), isBegun: false,
        stop() {
            listeners.abort();
            chat.close();
            chat.destroy?.();
        },
    };
    clients.set(url, client);
    return client;
}
