// The dialog of the user's devices: the list, signing out, a link for another device, and a recovery code.

import { confirmed } from "./confirm.js";
import { CopyField } from "./copy-field.js";
import { errorText } from "./dialogs.js";
import { $, announce, h } from "./dom.js";
import { locale, t, tNodes } from "./i18n.js";
import { LINK_PREFIX } from "./sign-in.js";

/** The time until the list is fetched again while it is shown (ms): another device may have used the link. */
const REFRESH_MS = 10_000;

const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short", hourCycle: "h23" });

export class DevicesDialog {
    #dialog = $("devices-dialog");
    #chat;
    #link = new CopyField("link");
    #recovery = new CopyField("recovery");
    #timer = null;
    /** The last answer of the server. */
    #devices = [];
    #hasRecovery = false;

    constructor(chat) {
        this.#chat = chat;
        this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close());
        this.#dialog.addEventListener("close", () => this.#closed());
        $("make-link").addEventListener("click", () => chat.link());
        $("make-recovery").addEventListener("click", () => chat.recovery());
        $("sign-out-others").addEventListener("click", () => void this.#signOut({ all: true }, [t("signOutOthersText")]));
        $("sign-out").addEventListener("click", () => void this.#signOut({}, this.#consequences));
        chat.addEventListener("devices", ({ detail }) => this.#show(detail));
        chat.addEventListener("signed-out", ({ detail: { devices } }) => this.#signedOut(devices));
        chat.addEventListener("link", ({ detail: { code, until } }) => {
            this.#link.show(location.origin + location.pathname + LINK_PREFIX + code, t("linkUntil", { time: clock.format(until) }));
        });
        chat.addEventListener("recovery", ({ detail: { code } }) => {
            this.#recovery.show(code, t("recoveryOnce"));
            this.#hasRecovery = true;
            this.#drawRecovery();
        });
        chat.addEventListener("state", () => this.#stateChanged());
    }

    get isOpen() { return this.#dialog.open; }

    open() {
        this.#dialog.showModal();
        this.#stateChanged();
        this.#timer = setInterval(() => { if (!document.hidden) this.#chat.devices(); }, REFRESH_MS);
    }

    close() { this.#dialog.close(); }

    /** The server refused a command of this dialog. */
    showError(error) { $("devices-error").textContent = errorText(error); }

    /** The secrets are in the document only while they are shown. */
    #closed() {
        clearInterval(this.#timer);
        this.#link.clear();
        this.#recovery.clear();
    }

    #stateChanged() {
        if (!this.isOpen) return;
        const isOnline = this.#chat.state.state === "online";
        $("devices-error").textContent = isOnline ? "" : t("needsConnection");
        for (const id of ["make-link", "make-recovery", "sign-out", "sign-out-others"]) $(id).disabled = !isOnline;
        if (isOnline) this.#chat.devices();
    }

    #show({ devices, recovery }) {
        this.#devices = devices;
        this.#hasRecovery = recovery;
        const focused = this.#dialog.contains(document.activeElement) && document.activeElement.value;
        const isHere = ({ here }) => here === true;
        $("device-list").replaceChildren(...[...devices.filter(isHere), ...devices.filter((device) => !isHere(device))].map((device) => this.#item(device)));
        if (focused) $("device-list").querySelector(`button[value="${CSS.escape(focused)}"]`)?.focus();
        $("sign-out-others").hidden = devices.length < 2;
        this.#drawRecovery();
    }

    #drawRecovery() { $("recovery-state").textContent = t(this.#hasRecovery ? "recoveryReplaces" : "recoveryNone"); }

    #item({ device, label = t("unnamedDevice"), created, seen, online, here }) {
        const now = here ? t("thisDevice") : online ? t("online") : t("deviceLastSeen", { date: day.format(seen) });
        const button = h("button", {
            type: "button", value: String(device), ariaLabel: t("signOutDevice", { label }),
            onclick: () => void this.#signOut({ device }, tNodes("signOutDeviceText", { label })),
        }, t("signOut"));
        return h("li", {}, h("span", { className: "device-label" }, h("bdi", {}, label),
            h("span", { className: "note" }, `${now} · ${t("since", { date: day.format(created) })}`)), ...here ? [] : [button]);
    }

    /** What the user should know before this device is signed out. */
    get #consequences() {
        const name = this.#chat.name ?? "";
        const pending = this.#chat.pending.length;
        const key = this.#devices.length > 1 ? "signOutKeeps" : this.#hasRecovery ? "signOutRecovery" : "signOutLoses";
        return [...tNodes(key, { name }), ...pending ? [" ", t("becomeDiscards", { n: pending })] : []];
    }

    async #signOut(which, nodes) {
        $("sign-out-text").replaceChildren(...nodes);
        if (!await confirmed($("sign-out-dialog"))) return;
        $("devices-error").textContent = this.#chat.signOut(which) ? "" : t("needsConnection");
    }

    #signedOut(ids) {
        const labels = this.#devices.filter(({ device, here }) => ids.includes(device) && !here).map(({ label }) => label ?? t("unnamedDevice"));
        if (!this.isOpen) return;
        if (labels.length) announce(t("deviceSignedOut", { label: labels.join(t("listSeparator")) }));
        this.#chat.devices();
    }
}
