// A secret that is shown once, with a button that copies it.

import { copyText } from "./clipboard.js";
import { $ } from "./dom.js";
import { t } from "./i18n.js";

/** @param {string} prefix of the ids: `-row`, `-value` (a read-only input), `-copy`, `-status` */
export class CopyField {
    #row;
    #input;
    #status;

    constructor(prefix) {
        [this.#row, this.#input, this.#status] = ["row", "value", "status"].map((part) => $(`${prefix}-${part}`));
        $(`${prefix}-copy`).addEventListener("click", () => void this.#copy());
    }

    show(value, note = "") {
        this.#input.value = value;
        this.#row.hidden = value === "";
        this.#status.textContent = note;
        if (value) this.#input.select();
    }

    clear() { this.show(""); }

    async #copy() {
        const isCopied = await copyText(this.#input.value);
        // Otherwise the user copies what is selected.
        this.#input.select();
        this.#status.textContent = t(isCopied ? "copied" : "copyYourself");
    }
}
