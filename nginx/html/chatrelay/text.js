// The syntax of what a client sends. What does not have it is never stored and never sent, because the server would refuse it.

/** The syntax of a room name. */
export const ROOM_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** The string as Unicode text. A half of a surrogate pair cannot be sent as UTF-8, and becomes U+FFFD. */
export const wellFormed = (text) => text.replace(/\p{Surrogate}/gu, "\ufffd");

/** @returns {string} the valid room name. @throws {TypeError} */
export function roomName(room) {
    if (typeof room !== "string" || !ROOM_NAME.test(room)) throw new TypeError(`not a room name: ${String(room)}`);
    return room;
}

/** @returns {string} well-formed. @throws {TypeError} if it is not a string, or only white space */
export function textOf(what, text) {
    if (typeof text !== "string" || !text.trim()) throw new TypeError(`${what} must be a string with text`);
    return wellFormed(text);
}

/** @returns {number} the sequence number of a message. @throws {TypeError} */
export function seqOf(what, seq) {
    if (!Number.isSafeInteger(seq) || seq < 1) throw new TypeError(`${what} must be the sequence number of a message`);
    return seq;
}

/** @returns {string | number} the name or the id of a user. @throws {TypeError} */
export const userOf = (what, user) => Number.isSafeInteger(user) && user > 0 ? user : textOf(what, user);

/** @returns {string} two random hexadecimal digits for each of `bytes` */
export const randomHex = (bytes) => Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @returns {number} the bytes of the text in UTF-8 */
export const sizeOf = (text) => new TextEncoder().encode(text).length;
