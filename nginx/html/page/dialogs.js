// The dialogs for the user's name and for the rooms. They are native dialogs: the browser traps the focus, closes them on
// Escape, and then restores the focus.

import { ROOM_NAME } from "../chatrelay/text.js";
import { roomNameOf } from "./commands.js";
import { $, h } from "./dom.js";
import { t, tNodes } from "./i18n.js";
import { withSanction } from "./sanctions.js";

/** The text for an error of the server: translated if its code is known, else the server's own. */
export function errorText(error) {
    const text = t(`errors.${error.code}`);
    return text === undefined ? error.message : withSanction(text, error);
}

const addCloseButton = (dialog) => dialog.querySelector(".close").addEventListener("click", () => dialog.close());

export class NameDialog {
    #dialog = $("name-dialog");
    #rename;

    /** @param {{rename(name: string), openDevices(), enterRecovery()}} handlers */
    constructor({ rename, openDevices, enterRecovery }) {
        this.#rename = rename;
        $("open-devices").addEventListener("click", () => { this.close(); openDevices(); });
        $("enter-recovery").addEventListener("click", () => enterRecovery());
        addCloseButton(this.#dialog);
        $("name-form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#submit($("name-input").value.trim());
        });
        $("name-proposal").addEventListener("click", () => this.#submit($("name-proposal").value));
    }

    /**
     * @param {{isFixed: boolean, hasDevices: boolean}} options `isFixed`: the name comes from a login, so that it can't be changed,
     *   and the user has no devices; `hasDevices`: the user is known
     */
    open(name, { isFixed, hasDevices }) {
        this.#setError("");
        $("name-fixed").hidden = !isFixed;
        $("name-form").hidden = isFixed;
        $("device").hidden = isFixed;
        $("open-devices").hidden = !hasDevices;
        $("name-input").value = name;
        this.#dialog.showModal();
        if (!isFixed) $("name-input").select();
    }

    close() { this.#dialog.close(); }

    get isOpen() { return this.#dialog.open; }

    /** The server refused the name. */
    showError(error) {
        if (!this.#dialog.open) this.#dialog.showModal();
        this.#setError(errorText(error), error.proposal);
    }

    #submit(name) {
        if (!name) return this.#setError(t("errors.bad-name"));
        this.#setError("");
        this.#rename(name);
    }

    #setError(text, proposal) {
        $("name-error").textContent = text;
        if (text) $("name-input").setAttribute("aria-invalid", "true");
        else $("name-input").removeAttribute("aria-invalid");
        $("name-proposal").hidden = proposal === undefined;
        $("name-proposal").value = proposal ?? "";
        $("name-proposal").replaceChildren(...proposal === undefined ? [] : tNodes("useProposal", { name: proposal }));
    }
}

export class RoomsDialog {
    #dialog = $("rooms-dialog");
    #enter;
    #isJoined;
    /** The server's rooms, as far as they are known: [{room, users}]. */
    rooms = [];

    /** @param {{enter(room: string), isJoined(room: string): boolean}} handlers `enter` joins or creates the room if necessary */
    constructor({ enter, isJoined }) {
        this.#enter = enter;
        this.#isJoined = isJoined;
        addCloseButton(this.#dialog);
        $("rooms-form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#submit();
        });
    }

    open() {
        this.#setError("");
        $("room-name-input").value = "";
        this.#dialog.showModal();
    }

    close() { this.#dialog.close(); }

    showRooms({ rooms, more }) {
        this.rooms = rooms;
        $("room-list").replaceChildren(...rooms.map(({ room, users, title, topic }) => h("li", {},
            h("button", { type: "button", title: topic ?? "", onclick: () => this.#enter(room) },
                h("span", { className: "option-name" }, ...title ? [h("bdi", {}, title), " ", h("span", { className: "note" }, `#${room}`)] : [room]),
                h("span", { className: "note" }, t("memberCount", { n: users })),
                h("span", { className: "option-action" }, t(this.#isJoined(room) ? "open" : "join"))))));
        $("more-rooms").textContent = more > 0 ? t("moreRooms", { n: more }) : "";
    }

    /** The server refused to join or create the room. */
    showError(error) {
        if (!this.#dialog.open) this.#dialog.showModal();
        this.#setError(errorText(error));
    }

    #submit() {
        const room = roomNameOf($("room-name-input").value);
        if (!ROOM_NAME.test(room)) return this.#setError(t("errors.bad-room"));
        this.#setError("");
        this.#enter(room);
    }

    #setError(text) {
        $("room-error").textContent = text;
        if (text) $("room-name-input").setAttribute("aria-invalid", "true");
        else $("room-name-input").removeAttribute("aria-invalid");
    }
}
