// The state of the connection: a word, and while there is none a sentence with what the user can do.

import { h } from "../page/dom.js";

/** The final close codes (PROTOCOL.md; 4299 is the library's): the sentence, and what the button does. */
const CLOSED = {
    4200: { text: "kicked", action: "connect" },
    4201: { text: "banned" },
    4202: { text: "signedOut", action: "renew" },
    4299: { text: "replaced", action: "renew" },
};
const LABELS = { connect: "reconnect", renew: "reconnect", tryNow: "tryNow", join: "join" };
/** The server's close reason of a kick for which the administrator gave none. */
const NO_REASON = "Removed by an administrator.";

export class ConnectionLine {
    /** The word. */
    state;
    /** The sentence. */
    notice;
    #translate;
    #actions;
    #word = h("span", {});
    #sentence = h("span", { role: "status" });
    #button = h("button", { type: "button", className: "small" });
    #current = { state: "connecting" };
    #isLost = false;
    #isStoring = true;
    /** Why this user is not in the room. */
    #roomRefusal = "";

    /** @param {{connect(), join(), renew()}} actions */
    constructor(translate, { connect, join, renew }) {
        this.#translate = translate;
        this.#actions = { connect, tryNow: connect, join, renew };
        this.state = h("p", { className: "state" }, h("span", { className: "dot", ariaHidden: "true" }), this.#word);
        this.notice = h("div", { part: "notice", className: "notice" }, this.#sentence, this.#button);
    }

    /** @param {object} state the `detail` of the library's `state` event */
    show(state) {
        this.#current = state;
        if (state.state !== "connecting") this.#isLost = state.state !== "online";
        this.#draw();
    }

    /** @param {boolean} isStoring false while the server can't store messages */
    setStoring(isStoring) {
        this.#isStoring = isStoring;
        this.#draw();
    }

    showJoined() {
        this.#roomRefusal = "";
        this.#draw();
    }

    /** The user has been put out of the room. */
    showLeft() {
        this.#roomRefusal ||= this.#translate.t("inRoomNoMore");
        this.#draw();
    }

    showRefused(sentence) {
        this.#roomRefusal = sentence;
        this.#draw();
    }

    #draw() {
        const { t } = this.#translate;
        // Before the client connects, it is closed without a reason.
        const name = this.#current.state === "closed" && this.#current.code === undefined ? "connecting" : this.#current.state;
        this.state.part = `state ${name}`;
        this.state.dataset.state = name;
        this.#word.textContent = t(name);
        const { text = "", action } = this.#content(name);
        if (this.#sentence.textContent !== text) this.#sentence.textContent = text;
        this.notice.classList.toggle("shown", text !== "");
        this.#button.hidden = action === undefined;
        this.#button.onclick = () => this.#actions[action]();
        this.#button.textContent = action ? t(LABELS[action]) : "";
    }

    #content(name) {
        const { t } = this.#translate;
        const { code, reason = "", cause, status } = this.#current;
        if (name === "closed") {
            const { text, action } = CLOSED[code] ?? { text: "ended", action: "connect" };
            return { text: [t(text), reason === NO_REASON ? "" : reason].filter(Boolean).join(" "), action };
        }
        if (name === "online") {
            if (this.#roomRefusal) return { text: this.#roomRefusal, action: "join" };
            return this.#isStoring ? {} : { text: t("notStored") };
        }
        // The sentence stays between failed attempts.
        if (!this.#isLost) return {};
        const action = name === "connecting" ? undefined : "tryNow";
        return { text: cause ? [t(cause, { status }), reason].filter(Boolean).join(" ") : t("lost"), action };
    }
}
