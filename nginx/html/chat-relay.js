// <chat-relay>: one room of the chat, as an element of any page.
//
//     <script type="module" src="https://chat.example.org/chat-relay.js"></script>
//     <chat-relay room="support"></chat-relay>
//
// Attributes:
//   room     the room, created if it is missing. Required.
//   name     the name that a new user asks for. A user who was here before keeps the name of then. Elements of one server are one user.
//   server   the folder of the chat, if it is not the one that this file is in.
//   lang     "en" or "zh". Default: the language of the surrounding document, then that of the browser.
//
// Style: the size is that of the element (`chat-relay { block-size: 30rem }`), the font is inherited. `color-scheme` chooses between
// light and dark colours. These custom properties change them: --chat-relay-background, -text, -muted, -accent, -on-accent, -border,
// -own (the background of one's own messages), -radius. For all else: ::part(header | title | state | notice | log | message | own |
// mention | name | time | text | system | pending | composer | input | send | identity | name-form | error).
//
// Events, which bubble: `chat-relay-message` for each new message, `chat-relay-state` for the state of the connection. Their `detail`
// is that of the events `message` and `state` of chatrelay.js. The property `chat` is its client, while the element is in a document.
//
// A page of another site is allowed by --allow-origin of the daemon and by $chatrelay_origin of nginx (chatrelay.service(8)). A page with a
// Content-Security-Policy needs script-src and connect-src for this server, and no exception for styles. The user's token is
// in the localStorage of the page's own origin, so each site knows a visitor as another user.

import { RoomView } from "./chat-relay/room-view.js";
import { enter } from "./chat-relay/shared-clients.js";
import { styles } from "./chat-relay/style.js";
import { translator } from "./chat-relay/strings.js";
import { ROOM_NAME } from "./chatrelay.js";
import { h } from "./page/dom.js";

const SOCKET = new URL("ws", import.meta.url).href.replace(/^http/, "ws");

export class ChatRelayElement extends HTMLElement {
    static observedAttributes = ["room", "server", "lang"];

    #root = this.attachShadow({ mode: "open" });
    #view;
    /** What leaves the room. Undefined while the element is in none. */
    #membership;

    constructor() {
        super();
        this.#root.adoptedStyleSheets = [styles()];
    }

    /** The client (chatrelay.js), which other elements of the same server share. Undefined outside of a document. */
    get chat() { return this.#membership?.chat; }

    connectedCallback() { if (!this.#view) this.#start(); }

    // An element that is only moved within the document keeps its connection.
    disconnectedCallback() { queueMicrotask(() => { if (!this.isConnected) this.#stop(); }); }

    attributeChangedCallback(_, before, now) { if (this.#view && before !== now) this.#restart(); }

    #restart() {
        this.#stop();
        if (this.isConnected) this.#start();
    }

    #start() {
        const translate = translator(this);
        const room = this.getAttribute("room") ?? "";
        const url = this.#url();
        if (!ROOM_NAME.test(room) || !url) return this.#refuse(translate, translate.t(url ? "badRoom" : "badServer", { value: url ? room : this.getAttribute("server") }));
        this.#membership = enter(url, room, { name: this.getAttribute("name") ?? undefined, restart: () => this.#restart() });
        this.#view = new RoomView({
            root: this.#root, room, translate, ...this.#membership,
            emit: (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true })),
        });
        try {
            this.#membership.begin();
        } catch (error) {
            // A page with TLS connects to no chat without it.
            this.#stop();
            this.#refuse(translate, translate.t("unreachable", { value: error.message }));
        }
    }

    #stop() {
        this.#view?.stop();
        this.#membership?.leave();
        this.#view = this.#membership = undefined;
        this.#root.replaceChildren();
    }

    /** The attributes make no sense. */
    #refuse({ lang }, sentence) {
        console.error(`<chat-relay>: ${sentence}`);
        this.#root.replaceChildren(h("p", { part: "error", className: "error", lang }, sentence));
        this.#view = { stop() {} };
    }

    /** The URL of the WebSocket. Undefined for an attribute that is no URL of a web server. */
    #url() {
        const folder = this.getAttribute("server");
        if (folder === null) return SOCKET;
        const base = folder.replace(/\/*$/, "/");
        const url = URL.canParse(base, document.baseURI) ? new URL("ws", new URL(base, document.baseURI)).href : "";
        return /^https?:/.test(url) ? url.replace(/^http/, "ws") : undefined;
    }
}

// The page may load this file from two servers: the first one serves all elements without `server`.
if (!customElements.get("chat-relay")) customElements.define("chat-relay", ChatRelayElement);
