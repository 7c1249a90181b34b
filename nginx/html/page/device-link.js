// A link that makes another device the same user. It carries the user's token in the fragment, which browsers do not send to
// servers.

import { TOKEN } from "../chatrelay.js";
import { $ } from "./dom.js";
import { t, tNodes } from "./i18n.js";

const PREFIX = "#token=";

/** Removes a token from the address bar, and so from the browser history. @returns the token, or undefined */
export function takeTokenFromAddress() {
    if (!location.hash.startsWith(PREFIX)) return undefined;
    const token = location.hash.slice(PREFIX.length);
    history.replaceState(null, "", location.pathname + location.search);
    return TOKEN.test(token) ? token : undefined;
}

/** The section of the name dialog that makes the link. */
export class DeviceLink {
    #token;

    /** @param {() => string | undefined} token of this user, if there is one */
    constructor(token) {
        this.#token = token;
        $("copy-link").addEventListener("click", () => this.#copy());
        $("name-dialog").addEventListener("close", () => this.#clear());
    }

    /** Call it when the dialog opens. */
    show() {
        $("device").hidden = this.#token() === undefined;
        this.#clear();
    }

    /** The token is in the document only while the link is shown. */
    #clear() {
        $("device-link").hidden = true;
        $("device-link").value = "";
        $("device-status").textContent = "";
    }

    async #copy() {
        const link = location.origin + location.pathname + PREFIX + this.#token();
        try {
            await navigator.clipboard.writeText(link);
            $("device-status").textContent = t("copied");
        } catch {
            // Browsers offer the clipboard only over HTTPS. Without it, the user copies the link.
            $("device-link").hidden = false;
            $("device-link").value = link;
            $("device-link").select();
            $("device-status").textContent = t("copyYourself");
        }
    }
}

/** Asks whether this device becomes the user of a link. A malicious link would let its creator read all that the user writes. */
export function confirmBecome(currentName, pendingCount) {
    const dialog = $("become-dialog");
    const text = currentName === undefined ? [t("becomeText")] : tNodes("becomeInstead", { name: currentName });
    $("become-text").replaceChildren(...text, ...pendingCount ? [" ", t("becomeDiscards", { n: pendingCount })] : []);
    dialog.showModal();
    return new Promise((resolve) => {
        dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
}
