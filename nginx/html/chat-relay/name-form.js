// The user's name, and a form that changes it. A name that comes from a login can't be changed.

import { h } from "../page/dom.js";

const NAME_ERRORS = new Set(["name-taken", "name-banned", "bad-name", "name-fixed"]);

export class NameForm {
    element;
    #translate;
    #chat;
    #text = h("span", {});
    #change;
    #form;
    #input = h("input", { id: "name", type: "text", autocomplete: "nickname", spellcheck: false, dir: "auto" });
    #error = h("p", { part: "error", className: "error", role: "alert", id: "name-error" });

    constructor(translate, chat) {
        const { t } = translate;
        this.#translate = translate;
        this.#chat = chat;
        this.#change = h("button", { type: "button", className: "link", ariaExpanded: "false", onclick: () => this.#open(true) }, t("changeName"));
        this.#input.setAttribute("aria-describedby", "name-error");
        this.#form = h("form", { part: "name-form", className: "name-form", noValidate: true, hidden: true },
            h("label", { htmlFor: "name" }, t("nameLabel")), h("div", { className: "fields" }, this.#input, h("button", { type: "submit" }, t("save")),
                h("button", { type: "button", onclick: () => this.#open(false) }, t("cancel"))), this.#error);
        this.#form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.#submit();
        });
        this.#form.addEventListener("keydown", (event) => {
            event.stopPropagation();
            if (event.key === "Escape") this.#open(false);
        });
        this.element = h("div", { className: "identity-frame" }, h("p", { part: "identity", className: "identity note" }, this.#text, " ", this.#change), this.#form);
        this.element.hidden = true;
    }

    /** The server has welcomed the user. */
    show() {
        this.element.hidden = false;
        this.#text.replaceChildren(...this.#translate.nodes("youAre", { name: this.#chat.name }));
        // Only a proxy authenticates a user without a token.
        this.#change.hidden = this.#chat.token === undefined;
    }

    renamed() {
        this.show();
        if (!this.#form.hidden) this.#open(false);
    }

    /** @returns {boolean} whether the error is about a name that was asked for here */
    refused(error) {
        if (!NAME_ERRORS.has(error.code) || this.#form.hidden) return false;
        const { t, error: text } = this.#translate;
        this.#error.textContent = [text(error), error.proposal && t("proposal", error)].filter(Boolean).join(" ");
        this.#input.ariaInvalid = "true";
        return true;
    }

    #open(isOpen) {
        this.#form.hidden = !isOpen;
        this.#change.ariaExpanded = String(isOpen);
        this.#error.textContent = "";
        this.#input.ariaInvalid = null;
        if (!isOpen) return this.#change.focus();
        this.#input.value = this.#chat.name ?? "";
        this.#input.select();
        this.#input.focus();
    }

    #submit() {
        const name = this.#input.value.trim();
        if (!name || name === this.#chat.name) return this.#open(false);
        this.#chat.rename(name);
        // Without a connection, the next one asks for the name.
        if (this.#chat.state.state !== "online") this.renamed();
    }
}
