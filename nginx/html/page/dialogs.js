// The two dialogs: one's name, and the rooms. Native dialogs: focus stays in them, Escape closes them, and focus goes back
// to what opened them.

import { ROOM_NAME } from "../chatrelay.js";
import { $, h } from "./dom.js";
import { parts, t } from "./i18n.js";

/** The words for an error of the server: ours where we know its code, else its own. */
export const fault = (error) => t(`fault.${error.code}`) ?? error.message;

const closable = (dialog) => dialog.querySelector(".close").addEventListener("click", () => dialog.close());

export class NameDialog {
    #dialog = $("name-dialog");
    #rename;
    #device;

    /**
     * @param {(name: string) => void} rename the user wants this name
     * @param {{show()}} device the part that is about other devices
     */
    constructor(rename, device) {
        this.#rename = rename;
        this.#device = device;
        closable(this.#dialog);
        $("name-form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#try($("name").value.trim());
        });
        $("proposal").addEventListener("click", () => this.#try($("proposal").value));
    }

    /** @param {boolean} isFixed the name comes from the login, and can't be changed here */
    open(name, isFixed) {
        this.#explain("");
        $("name-fixed").hidden = !isFixed;
        $("name-form").hidden = isFixed;
        this.#device.show();
        $("name").value = name;
        this.#dialog.showModal();
        if (!isFixed) $("name").select();
    }

    close() { this.#dialog.close(); }

    /** The server refused the name. */
    refused(error) {
        if (!this.#dialog.open) this.#dialog.showModal();
        this.#explain(fault(error), error.proposal);
    }

    #try(name) {
        if (!name) return this.#explain(t("fault.bad-name"));
        this.#explain("");
        this.#rename(name);
    }

    #explain(text, proposal) {
        $("name-error").textContent = text;
        if (text) $("name").setAttribute("aria-invalid", "true");
        else $("name").removeAttribute("aria-invalid");
        $("proposal").hidden = proposal === undefined;
        $("proposal").value = proposal ?? "";
        $("proposal").replaceChildren(...proposal === undefined ? [] : parts("take", { name: proposal }));
    }
}

export class RoomsDialog {
    #dialog = $("rooms-dialog");
    #enter;
    #mine;

    /** @param {{enter(room: string), mine(room: string): boolean}} on enter: be in it, and made if it is missing */
    constructor({ enter, mine }) {
        this.#enter = enter;
        this.#mine = mine;
        closable(this.#dialog);
        $("rooms-form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#make();
        });
    }

    open() {
        this.#explain("");
        $("room-name").value = "";
        this.#dialog.showModal();
    }

    close() { this.#dialog.close(); }

    /** The server's list of rooms. */
    list({ rooms, more }) {
        $("rooms-list").replaceChildren(...rooms.map(({ room, users }) => h("li", {},
            h("button", { type: "button", onclick: () => this.#enter(room) },
                h("span", { className: "choice-name" }, room),
                h("span", { className: "note" }, t("users", { n: users })),
                h("span", { className: "choice-act" }, t(this.#mine(room) ? "open" : "join"))))));
        $("rooms-more").textContent = more > 0 ? t("moreRooms", { n: more }) : "";
    }

    /** The server refused the room. */
    refused(error) {
        if (!this.#dialog.open) this.#dialog.showModal();
        this.#explain(fault(error));
    }

    #make() {
        // What people type as a name of a room becomes one where that is possible.
        const room = $("room-name").value.trim().toLowerCase().replace(/[\s_]+/g, "-");
        if (!ROOM_NAME.test(room)) return this.#explain(t("fault.bad-room"));
        this.#explain("");
        this.#enter(room);
    }

    #explain(text) {
        $("room-error").textContent = text;
        if (text) $("room-name").setAttribute("aria-invalid", "true");
        else $("room-name").removeAttribute("aria-invalid");
    }
}
