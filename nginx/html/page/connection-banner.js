// The connection state: a word in the page header, and a banner that counts down to the next attempt to connect.

import { $, announce } from "./dom.js";
import { t } from "./i18n.js";

/** The close codes of admin commands (PROTOCOL.md). */
const KICKED = 4200;
const BANNED = 4201;

export class ConnectionBanner {
    /** Whether the connection was lost and is not back. */
    #isLost = false;
    #timer = null;
    #pendingCount;
    #redraw = () => {};

    /** @param {{connect(), pendingCount(): number}} app */
    constructor({ connect, pendingCount }) {
        this.#pendingCount = pendingCount;
        $("try-now").addEventListener("click", connect);
    }

    updatePendingCount() { this.#redraw(); }

    /** @param {object} state the `detail` of the library's `state` event */
    show(state) {
        clearInterval(this.#timer);
        this.#redraw = () => {};
        const isClosed = state.state === "closed";
        $("connection-state").dataset.state = state.state;
        $("connection-state-text").textContent = t(state.state);
        // The banner stays visible between failed attempts.
        $("banner").hidden = state.state === "online" || (state.state === "connecting" && !this.#isLost);
        // After a kick the user may reconnect, but the library does not.
        $("try-now").hidden = isClosed && state.code !== KICKED;
        $("try-now").textContent = t(isClosed ? "reconnect" : "tryNow");
        $("banner").classList.toggle("closed", isClosed);
        $("banner-reason").textContent = isClosed ? state.reason ?? "" : "";
        $("try-now").disabled = state.state === "connecting";
        switch (state.state) {
            case "online": return this.#showOnline();
            case "connecting": return this.#draw(() => this.#setText("retrying", { pending: this.#pendingText }));
            case "offline": return this.#showOffline(state);
            case "closed": return this.#showClosed(state);
        }
    }

    #setText(key, values) {
        $("banner-text").textContent = t(key, values);
    }

    #showOnline() {
        if (this.#isLost) announce(t("connectionRestored"));
        this.#isLost = false;
    }

    #showClosed({ code, reason }) {
        const key = { [KICKED]: "kicked", [BANNED]: "banned" }[code] ?? "closedByAdmin";
        this.#isLost = true;
        announce(`${t(key)} ${reason ?? ""}`);
        this.#setText(key);
    }

    #showOffline({ retryAt }) {
        if (!this.#isLost) announce(t("connectionLost"));
        this.#isLost = true;
        this.#draw(() => this.#setText("retryIn",
            { pending: this.#pendingText, s: Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)) }));
        this.#timer = setInterval(this.#redraw, 1000);
    }

    #draw(draw) {
        this.#redraw = draw;
        draw();
    }

    get #pendingText() {
        const n = this.#pendingCount();
        return n ? t("pendingCount", { n }) : t("nonePending");
    }
}
