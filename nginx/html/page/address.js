// The addresses in the fragment of the URL: "#lobby" is a room, "#lobby/55" the message with this sequence number in it, "#@7" the
// private conversation with a user, "#@/55" a private message. The other user's browser opens "#@/55", too.

import { ROOM_NAME } from "../chatrelay/text.js";

const NUMBER = "[1-9]\\d{0,14}";
const PRIVATE = new RegExp(`^@(${NUMBER})?(?:/(${NUMBER}))?$`);
const OF_ROOM = new RegExp(`^([^/]+)(?:/(${NUMBER}))?$`);

/**
 * @param {string} fragment with its "#"
 * @returns {{room?: string, user?: number, seq?: number} | undefined} a room, a user, or the number of a private message alone
 */
export function parseAddress(fragment) {
    const number = (digits) => digits === undefined ? undefined : Number(digits);
    const [, user, privateSeq] = fragment.slice(1).match(PRIVATE) ?? [];
    if (user !== undefined || privateSeq !== undefined) return { user: number(user), seq: number(privateSeq) };
    const [, room, seq] = fragment.slice(1).match(OF_ROOM) ?? [];
    return ROOM_NAME.test(room ?? "") ? { room, seq: number(seq) } : undefined;
}

/** @param {{key: string, isPrivate: boolean, user?: number}} [channel] @param {number} [seq] of a message in it */
export function addressOf(channel, seq) {
    if (channel === undefined) return "";
    const message = seq === undefined ? "" : `/${seq}`;
    if (!channel.isPrivate) return `#${channel.key}${message}`;
    return message ? `#@${message}` : channel.user === undefined ? "" : `#@${channel.user}`;
}

/** The link to a message. @param {{room?: string, seq: number}} message */
export const linkOf = ({ room, seq }) => `${location.origin}${location.pathname}#${room ?? "@"}/${seq}`;

/** The address that a link of a message leads to, if it leads to this page. @param {HTMLAnchorElement} link */
export const addressOfLink = ({ origin, pathname, search, hash }) =>
    origin === location.origin && pathname === location.pathname && search === "" ? parseAddress(hash) : undefined;
