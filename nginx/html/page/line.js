// How the line to the server stands: the word in the header, and the banner that counts down to the next try.

import { $, announce } from "./dom.js";
import { t } from "./i18n.js";

/** The close codes of an administrator (PROTOCOL.md). */
const KICKED = 4200;
const BANNED = 4201;

export class Line {
    #broken = false;
    #timer = null;

    #waiting;
    #redraw = () => {};

    /** @param {() => void} tryNow @param {() => number} waiting how many messages wait for the connection */
    constructor(tryNow, waiting) {
        this.#waiting = waiting;
        $("try-now").addEventListener("click", tryNow);
    }

    /** Another message waits. */
    count() { this.#redraw(); }

    /** @param {{state: string, retryAt?: number}} state as the library says it */
    show(state) {
        clearInterval(this.#timer);
        this.#redraw = () => {};
        $("state").dataset.state = state.state;
        $("state-text").textContent = t(state.state);
        // While it tries again and fails, the banner stays where it is.
        $("banner").hidden = state.state === "online" || (state.state === "connecting" && !this.#broken);
        // Whoever was kicked may come back, but by hand.
        $("try-now").hidden = state.state === "closed" && state.code !== KICKED;
        $("try-now").textContent = t(state.state === "closed" ? "comeBack" : "tryNow");
        $("banner").classList.toggle("ended", state.state === "closed");
        $("banner-reason").textContent = state.state === "closed" ? state.reason ?? "" : "";
        $("try-now").disabled = state.state === "connecting";
        switch (state.state) {
            case "online": return this.#online();
            case "connecting": return this.#drawn(() => this.#say("trying", { messages: this.#messages }));
            case "offline": return this.#offline(state);
            case "closed": return this.#closed(state);
        }
    }

    #say(key, values) {
        $("banner-text").textContent = t(key, values);
    }

    #online() {
        if (this.#broken) announce(t("back"));
        this.#broken = false;
    }

    #closed({ code, reason }) {
        const key = { [KICKED]: "kicked", [BANNED]: "banned" }[code] ?? "removed";
        this.#broken = true;
        announce(`${t(key)} ${reason ?? ""}`);
        this.#say(key);
    }

    #offline({ retryAt }) {
        if (!this.#broken) announce(t("lostNow"));
        this.#broken = true;
        this.#drawn(() => this.#say("waiting",
            { messages: this.#messages, s: Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)) }));
        this.#timer = setInterval(this.#redraw, 1000);
    }

    #drawn(draw) {
        this.#redraw = draw;
        draw();
    }

    get #messages() {
        const n = this.#waiting();
        return n ? t("wait", { n }) : t("waits");
    }
}
