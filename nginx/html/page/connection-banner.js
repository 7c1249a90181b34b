// The connection state: a word in the page header, and a banner that counts down to the next attempt to connect.

import { $, announce } from "./dom.js";
import { t } from "./i18n.js";
import { linkify } from "./links.js";
import { KICKED, closeText } from "./sanctions.js";

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
        $("banner-reason").textContent = "";
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

    #showClosed(state) {
        const { text, reason } = closeText(state);
        this.#isLost = true;
        announce(text, t("sentenceSpace"), reason);
        $("banner-text").textContent = text;
        $("banner-reason").append(...linkify(reason));
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
