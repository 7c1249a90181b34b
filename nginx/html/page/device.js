// One's name on another device: a link with the secret that makes one this user. It stands behind the "#", which browsers
// tell no server.

import { TOKEN } from "../chatrelay.js";
import { $ } from "./dom.js";
import { t } from "./i18n.js";

const MARK = "#token=";

/** Takes a token out of the address bar, and so out of the history and of what is shared. @returns it, or undefined. */
export function takeToken() {
    if (!location.hash.startsWith(MARK)) return undefined;
    const token = location.hash.slice(MARK.length);
    history.replaceState(null, "", location.pathname + location.search);
    return TOKEN.test(token) ? token : undefined;
}

/** The part of the name dialog that makes the link. */
export class Device {
    #token;

    /** @param {() => string | undefined} token ours, where we have one */
    constructor(token) {
        this.#token = token;
        $("copy-link").addEventListener("click", () => this.#copy());
        $("name-dialog").addEventListener("close", () => this.#clear());
    }

    /** The dialog opens. */
    show() {
        $("device").hidden = this.#token() === undefined;
        this.#clear();
    }

    /** The secret is in the page no longer than it is looked at. */
    #clear() {
        $("device-link").hidden = true;
        $("device-link").value = "";
        $("device-state").textContent = "";
    }

    async #copy() {
        const link = location.origin + location.pathname + MARK + this.#token();
        try {
            await navigator.clipboard.writeText(link);
            $("device-state").textContent = t("copied");
        } catch {
            // Without HTTPS a browser has no clipboard for pages: then by hand.
            $("device-link").hidden = false;
            $("device-link").value = link;
            $("device-link").select();
            $("device-state").textContent = t("copyYourself");
        }
    }
}

/** Asks whether this device becomes the user of a link. Always: who made the link is that user, too. */
export function askToBecome(current) {
    const dialog = $("become-dialog");
    $("become-text").textContent = current === undefined ? t("becomeText") : t("becomeInstead", { name: current });
    dialog.showModal();
    return new Promise((resolve) => {
        dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
}
