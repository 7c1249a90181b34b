// The connection state: a word in the page header, and a banner that says what is known about a failure, counts down to the
// next attempt to connect, and offers what the reader can do.

import { $, announce } from "./dom.js";
import { t } from "./i18n.js";
import { linkify } from "./links.js";
import { closeText } from "./sanctions.js";

/** For each final close code (PROTOCOL.md; 4299 is the library's), the button of the banner, and its text if no administrator closed the connection. */
const CLOSED = { 4200: { button: "reconnect" }, 4202: { text: "signedOut", button: "signIn", hasReason: false }, 4299: { text: "replaced", button: "reload" } };
/** For each `cause` of a failed handshake, the text of the banner and of its button. */
const CAUSES = {
    login: { text: "loginEnded", button: "logIn" },
    refused: { text: "handshakeRefused", button: "tryNow" },
    blocked: { text: "handshakeBlocked", button: "tryNow" },
};

/** HTTP statuses of a server that takes no more connections at the moment. */
const BUSY = new Set([429, 503]);
/** The longest time that a browser's timer can wait (ms). */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class ConnectionBanner {
    #state = { state: "connecting" };
    /** Whether the connection was lost and is not back. */
    #isLost = false;
    /** What was announced last. The countdown and the number of messages are not announced. */
    #announced = "";
    #timer = null;
    /** What is said besides while there is no connection. */
    #note = "";
    /** The next attempt, by the clock that nobody sets. */
    #retryAt = 0;
    #pending;
    #actions;
    /** Whether the ban that closed the connection is over, by the clock of this device. */
    #banEnded = false;

    /** @param {{connect(), reload(), signIn(), pending(): object[]}} app `pending`: the messages that wait for the server */
    constructor({ connect, reload, signIn, pending }) {
        this.#pending = pending;
        this.#actions = { tryNow: connect, reconnect: connect, reload, logIn: reload, signIn };
        $("try-now").addEventListener("click", () => this.#actions[this.#content()?.button]?.());
    }

    set note(note) {
        this.#note = note;
        this.#draw();
    }

    /** The messages that wait have changed. */
    updatePending() { this.#draw(); }

    /** @param {object} state the `detail` of the library's `state` event */
    show(state) {
        clearInterval(this.#timer);
        this.#banEnded = false;
        this.#state = state;
        if (state.state !== "connecting") this.#isLost = state.state !== "online";
        if (state.state === "offline") {
            this.#retryAt = performance.now() + state.retryAt - Date.now();
            this.#timer = setInterval(() => this.#draw(), 1_000);
        }
        if (state.state === "closed") this.#awaitEndOfBan(closeText(state).until);
        $("connection-state").dataset.state = state.state;
        $("connection-state-text").textContent = t(state.state);
        this.#draw();
    }

    #awaitEndOfBan(until) {
        const ms = until - Date.now();
        if (!(ms > 0 && ms < MAX_TIMER_MS)) return;
        this.#timer = setTimeout(() => {
            this.#banEnded = true;
            this.#draw();
        }, ms);
    }

    #draw() {
        const content = this.#content();
        this.#announce(content);
        $("banner").hidden = content === undefined;
        if (content === undefined) return;
        const { text, reason = "", button } = content;
        $("banner").classList.toggle("closed", this.#state.state === "closed");
        $("banner-text").textContent = [text, this.#note].filter(Boolean).join(t("sentenceSpace"));
        $("banner-reason").replaceChildren(...linkify(reason));
        $("try-now").hidden = button === undefined;
        $("try-now").disabled = this.#state.state === "connecting" && button === "tryNow";
        if (button) $("try-now").textContent = t(button);
    }

    /** @returns {{text, spoken, reason?, button?} | undefined} what the banner shows; `spoken` is announced when it changes */
    #content() {
        const { state, code, cause, status, reason } = this.#state;
        const pending = this.#pending();
        if (state === "closed") {
            if (this.#banEnded) return { text: t("banEnded"), spoken: t("banEnded"), button: "reconnect" };
            const { text: key, button, hasReason = true } = CLOSED[code] ?? {};
            const closed = key ? { text: t(key), reason: hasReason ? reason ?? "" : "" } : closeText({ code, reason });
            return { ...closed, spoken: [closed.text, closed.reason].filter(Boolean).join(t("sentenceSpace")), button };
        }
        if (state === "online") {
            if (!pending.some((message) => message.code === "try-again")) return undefined;
            return { text: t("notStoring", { n: pending.length }), spoken: t("notStoringNow") };
        }
        // The banner stays visible between failed attempts.
        if (!this.#isLost) return undefined;
        const next = state === "connecting" ? t("tryingNow") : t("nextTry", { s: Math.max(0, Math.ceil((this.#retryAt - performance.now()) / 1_000)) });
        if (cause === undefined) {
            const waiting = pending.length ? t("pendingCount", { n: pending.length }) : t("nonePending");
            return { text: t("noConnection", { waiting, next }), spoken: t("connectionLost"), reason, button: "tryNow" };
        }
        const waiting = pending.length ? t("waitingCount", { n: pending.length }) : t("nothingWaiting");
        const { text, button } = { ...CAUSES[cause], ...BUSY.has(status) && { text: "serverFull" } };
        return { text: t(text, { status, waiting, next }), spoken: t(text, { status, waiting: "", next: "" }), reason, button };
    }

    #announce(content) {
        const spoken = content?.spoken ?? (this.#announced && this.#state.state === "online" ? t("connectionRestored") : "");
        if (spoken && spoken !== this.#announced) announce(spoken);
        this.#announced = content ? spoken : "";
    }
}
