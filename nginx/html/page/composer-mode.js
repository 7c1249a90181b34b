// The bar above the message input says what is written besides a new message: a reply to a message, or the new text of an own one.

import { $, announce, h } from "./dom.js";
import { t, tNodes } from "./i18n.js";
import { plainText } from "./markdown.js";

/** The most characters of the quoted line. */
const MAX_LENGTH = 100;

/** Shows a mode (drafts.js), or hides the bar. */
export function showMode(mode) {
    $("composer-mode").hidden = mode === undefined;
    const label = t(mode?.kind === "edit" ? "save" : "send");
    $("send").ariaLabel = label;
    $("send-text").textContent = label;
    if (!mode) return $("composer-mode-text").replaceChildren();
    const { kind, message: { from = "?", text } } = mode;
    const line = plainText(text).trim().split("\n", 1)[0].slice(0, MAX_LENGTH);
    $("composer-mode-text").replaceChildren(...kind === "edit" ? [t("editing")] : tNodes("replyingTo", { name: from }),
        ...kind === "edit" ? [] : [" ", h("bdi", { className: "composer-mode-line" }, line)]);
}

export const announceMode = () => announce(...$("composer-mode-text").cloneNode(true).childNodes);
