// Bans, mutes and kicks in the reader's language and time zone. The server says their end and reason in a sentence for people
// (Chat/Refusal.swift, Chat/CloseReason.swift): "You are muted until 2026-01-01T01:00:00Z: Flood".

import { t, tNodes } from "./i18n.js";
import { linkify } from "./links.js";
import { shortTime } from "./times.js";

/** The close codes of admin commands (PROTOCOL.md). */
const KICKED = 4200;
const BANNED = 4201;
/** The server's close reason of a kick for which the administrator gave none. */
const NO_REASON = "Removed by an administrator.";
const SENTENCE = /^(?:You are |The name .*? is )?(?:banned|muted)(?: until (\d{4}-\d\d-\d\dT[\d:.]+Z))?(?:\.|: (.+))$/is;

/** The end (ms since 1970) and the reason in a sentence of the server. Undefined if it is no such sentence. */
function parse(sentence = "") {
    const match = SENTENCE.exec(sentence);
    return match && { until: match[1] && Date.parse(match[1]), reason: match[2] };
}

/** Why the server has ended the connection for good. @returns {{text: string, reason: string, until?: number}} `reason` may be empty; `until`: of a ban, ms since 1970 */
export function closeText({ code, reason = "" }) {
    if (code !== BANNED) return { text: t(code === KICKED ? "kicked" : "closedByAdmin"), reason: reason === NO_REASON ? "" : reason };
    const ban = parse(reason);
    if (!ban) return { text: t("banned"), reason };
    const key = reason.startsWith("The name ") ? "nameBanned" : "banned";
    return {
        text: ban.until ? t(`${key}Until`, { until: shortTime(ban.until) }) : t(key),
        reason: ban.reason ? t("reason", { reason: ban.reason }) : "",
        until: ban.until,
    };
}

/** What a muted user reads, as nodes for `append`. @param {{until?: number, message: string}} error `muted` of the server */
export function muteNodes({ until, message }) {
    const { reason } = parse(message) ?? {};
    return [until ? t("mutedUntil", { until: shortTime(until) }) : t("muted"),
        ...reason ? [t("sentenceSpace"), ...tNodes("reason", { reason: linkify(reason) })] : []];
}

/** Adds the end and the reason of a sanction, if the error is about one. */
export function withSanction(text, { until, message }) {
    const { reason } = parse(message) ?? {};
    return [text, until && t("endsOn", { until: shortTime(until) }), reason && t("reason", { reason })]
        .filter(Boolean).join(t("sentenceSpace"));
}
