// The arguments of the library that its types allow. A wrong one throws where it is given, and not when the server refuses it.

import { roomName, seqOf, textOf } from "./text.js";

/** The most messages of a page. */
const MAX_LIMIT = 100;

const isObject = (value) => typeof value === "object" && value !== null;

/** @returns {object} the options of a client. @throws {TypeError} */
export function optionsOf(options) {
    if (!isObject(options)) throw new TypeError("the options must be an object");
    const { name, label, rooms, token, storage, WebSocket } = options;
    for (const [key, value] of Object.entries({ name, label })) {
        if (value !== undefined && typeof value !== "string") throw new TypeError(`${key} must be a string`);
    }
    for (const [key, value] of Object.entries({ token, WebSocket })) {
        if (value !== undefined && typeof value !== "function") throw new TypeError(`${key} must be a function`);
    }
    if (rooms !== undefined && !Array.isArray(rooms)) throw new TypeError("rooms must be a list of room names");
    if (storage !== undefined && !["get", "set", "keys"].every((method) => typeof storage?.[method] === "function")) {
        throw new TypeError("storage must have the methods get, set and keys");
    }
    return options;
}

/** @returns {{room} | {user} | {with}} @throws {TypeError} if it is neither a room nor a user */
export function placeOf(target) {
    const { room, user, with: name } = isObject(target) ? target : {};
    if (room !== undefined) return { room: roomName(room) };
    if (user !== undefined) return { user: seqOf("user", user) };
    if (name !== undefined) return { with: textOf("with", name) };
    throw new TypeError("the target must be {room: name}, {user: id} or {with: name}");
}

/** @returns {object} as `placeOf`, or {} for everything. @throws {TypeError} */
export function placeOrAll(target = {}) {
    if (!isObject(target)) throw new TypeError("the target must be an object");
    return Object.values(target).every((field) => field === undefined) ? {} : placeOf(target);
}

/** @returns {{before?: number, limit?: number}} @throws {TypeError} */
export function pageOf({ before, limit } = {}) {
    if (before !== undefined) seqOf("before", before);
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1 && limit <= MAX_LIMIT)) throw new TypeError(`limit must be 1 to ${MAX_LIMIT}`);
    return { before, limit };
}

/** @returns {{title?: string, topic?: string}} @throws {TypeError} if there is neither */
export function topicOf({ title, topic } = {}) {
    const given = [title, topic].filter((field) => field !== undefined);
    if (!given.length || given.some((field) => typeof field !== "string")) throw new TypeError("title or topic must be given, as strings");
    return { title, topic };
}

/** @returns {boolean | undefined} @throws {TypeError} */
export function booleanOf(what, value) {
    if (![undefined, true, false].includes(value)) throw new TypeError(`${what} must be true or false`);
    return value;
}

/** @returns {{device?: number, all?: boolean}} @throws {TypeError} */
export function devicesOf(which = {}) {
    if (!isObject(which) || Object.keys(which).some((key) => key !== "device" && key !== "all")) {
        throw new TypeError("the devices must be {device: id}, {all: true} or {}");
    }
    const { device, all } = which;
    return { device: device === undefined ? undefined : seqOf("device", device), all: booleanOf("all", all) };
}

/** @returns {string} the id of a message. @throws {TypeError} */
export const idOf = (id) => textOf("id", id);

