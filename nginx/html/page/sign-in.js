// How this browser becomes a known user: by a link from another device, whose code is in the fragment (browsers do not send it to
// servers), or by a recovery code. And what a device that is signed out offers.

import { confirmed } from "./confirm.js";
import { errorText } from "./dialogs.js";
import { $, announce } from "./dom.js";
import { t, tNodes } from "./i18n.js";

export const LINK_PREFIX = "#link=";
/** Links of earlier versions had the secret of the device itself, which worked for anybody, for ever. They are no longer accepted. */
const OLD_PREFIX = "#token=";
/** A code, as the server reads it: 20 letters and digits. */
const isCode = (text) => /^[0-9a-z]{20}$/i.test(text.replace(/[\s-]/g, ""));

/** Removes a link's code from the address bar, and so from the browser history. @returns {{code?: string, isOld?: boolean} | undefined} */
export function takeLinkFromAddress() {
    const isOld = location.hash.startsWith(OLD_PREFIX);
    if (!isOld && !location.hash.startsWith(LINK_PREFIX)) return undefined;
    const code = location.hash.slice(LINK_PREFIX.length);
    history.replaceState(null, "", location.pathname + location.search);
    return isOld ? { isOld } : { code };
}

export class SignIn {
    #dialog = $("code-dialog");
    #signedOut = $("signed-out-dialog");
    #chat;
    #forgetUser;
    #isWaiting = false;

    /** @param {{chat, forgetUser()}} app `forgetUser` removes what the browser has stored of the user */
    constructor({ chat, forgetUser }) {
        this.#chat = chat;
        this.#forgetUser = forgetUser;
        this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close());
        this.#dialog.addEventListener("close", () => { if (this.#isWaiting) this.#chat.cancelSignIn(); this.#isWaiting = false; });
        $("code-form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#submit($("code-input").value.trim());
        });
        $("signed-out-recovery").addEventListener("click", () => this.enterRecovery());
        $("begin-anew").addEventListener("click", () => this.#begin());
        chat.addEventListener("sign-in", ({ detail }) => this.#answered(detail));
        chat.addEventListener("state", ({ detail: { state, code } }) => { if (state === "closed" && code === 4202) this.showSignedOut(); });
    }

    /** At the start of the page: a link that was opened, or a code whose answer was lost by a reload. */
    async start(link) {
        if (link) await this.open(link);
        else if (this.#chat.hasUnfinishedSignIn) this.#wait();
    }

    /** A link was opened. */
    async open({ code = "", isOld }) {
        for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
        if (isOld || !isCode(code)) return this.#show(t(isOld ? "oldLink" : "errors.bad-link"));
        // A malicious link would let its creator read all that the user writes.
        const { pending, name } = this.#chat;
        const text = this.#isNobody ? [t("becomeText")] : tNodes("becomeInstead", { name });
        $("become-text").replaceChildren(...text, ...pending.length ? [" ", t("becomeDiscards", { n: pending.length })] : []);
        if (await confirmed($("become-dialog"))) this.#wait({ link: code });
    }

    enterRecovery() {
        for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
        this.#show("", { isInput: true });
    }

    /** This device is signed out: the page can go on as somebody else, or as the user again with a code. */
    showSignedOut() {
        for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
        const pending = this.#chat.pending.length;
        $("signed-out-text").replaceChildren(...tNodes("signedOutText", { name: this.#chat.name ?? "" }),
            ...pending ? [" ", t("signedOutPending", { n: pending })] : []);
        this.#forgetUser();
        this.#signedOut.showModal();
    }

    /** Whether nothing is lost if this browser becomes another user. */
    get #isNobody() { return this.#chat.token === undefined; }

    #begin() {
        this.#forgetUser();
        location.reload();
    }

    #show(error, { isInput = false } = {}) {
        $("code-form").hidden = !isInput;
        $("code-input").value = "";
        $("code-status").replaceChildren(...isInput && !this.#isNobody ? tNodes("recoveryInstead", { name: this.#chat.name ?? "" }) : [],
            ...isInput && this.#chat.pending.length ? [" ", t("becomeDiscards", { n: this.#chat.pending.length })] : []);
        this.#setError(error);
        if (!this.#dialog.open) this.#dialog.showModal();
    }

    #submit(code) {
        if (!isCode(code)) return this.#setError(t("errors.bad-recovery"));
        this.#wait({ recovery: code });
    }

    #wait(code) {
        this.#setError("");
        this.#isWaiting = true;
        if (code?.recovery === undefined) $("code-form").hidden = true;
        $("code-form").querySelector("button").disabled = true;
        if (!this.#dialog.open) this.#dialog.showModal();
        this.#chat.signIn(code);
    }

    #answered({ state, ...answer }) {
        if (state === "accepted") {
            this.#forgetUser();
            return location.reload();
        }
        $("code-status").textContent = state === "refused" ? "" : t(state === "offline" ? "signInLater" : "signingIn");
        if (state !== "refused") return;
        this.#isWaiting = false;
        $("code-form").querySelector("button").disabled = false;
        this.#setError(errorText(answer));
        announce(errorText(answer));
    }

    #setError(text) {
        $("code-error").textContent = text;
        if (text) $("code-input").setAttribute("aria-invalid", "true");
        else $("code-input").removeAttribute("aria-invalid");
    }
}
