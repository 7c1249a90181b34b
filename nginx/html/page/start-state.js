// What is shown while no channel is selected: at the start, until the server answers; and when the user is in no room.

import { $, h } from "./dom.js";
import { isEmbedded } from "./embed.js";
import { t } from "./i18n.js";

/**
 * @param {{state: string, openRooms: () => void, enter?: () => void} | undefined} options `state`: of the connection; `enter`: enters the
 *   room of a page in a frame (embed.js); undefined hides it
 */
export function showStartState(options) {
    const element = $("start-state");
    element.hidden = options === undefined;
    if (options === undefined) return element.replaceChildren();
    const { state, openRooms, enter } = options;
    if (isEmbedded && !enter) return element.replaceChildren(h("p", { className: "empty-title" }, t("noEmbeddedRoom")), h("p", {}, t("errors.bad-room")));
    if (enter && state === "online") {
        return element.replaceChildren(h("p", { className: "empty-title" }, t("errors.not-in-room")),
            h("p", {}, h("button", { type: "button", className: "primary", onclick: enter }, t("join"))));
    }
    if (state === "online") {
        return element.replaceChildren(h("p", { className: "empty-title" }, t("noRoom")), h("p", {}, t("noRoomHelp")),
            h("p", {}, h("button", { type: "button", className: "primary", onclick: openRooms }, t("openRooms"))));
    }
    // The banner says more about a lost connection.
    element.replaceChildren(...state === "connecting" ? [h("p", { className: "empty-title" }, t("connecting"))] : []);
}
