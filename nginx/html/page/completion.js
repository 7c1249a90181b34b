// Suggestions above the message input while a word such as "@na" or ":sm" is written. A listbox: the focus stays in the input, the
// arrow keys choose, Enter and Tab insert, Escape closes.

import { $, announce, h } from "./dom.js";
import { t } from "./i18n.js";

export class Completion {
    #input;
    #sources;
    #list = h("ul", { id: "completion", className: "completion", role: "listbox", ariaLabel: t("suggestions"), hidden: true });
    /** {start, end, items: {insert, nodes}[]}: what is completed. */
    #found;
    #active = -1;
    /** {start, before}: the list was closed for the word that begins there, when this was before the caret. */
    #closed;

    /**
     * @param {HTMLTextAreaElement} input
     * @param {((before: string) => {start: number, items: {insert: string, nodes: (string | Node)[]}[], isComplete?: boolean} | undefined)[]} sources
     *   what completes the text before the caret. `isComplete`: the word may be meant as it is, so Enter does not change it
     * @param {(before: string) => {start: number, insert: string} | undefined} typed what replaces a word that is typed completely
     */
    constructor(input, sources, typed) {
        this.#input = input;
        this.#sources = sources;
        $("composer").prepend(this.#list);
        for (const [name, value] of [["aria-autocomplete", "list"], ["aria-controls", this.#list.id]]) input.setAttribute(name, value);
        input.addEventListener("input", ({ inputType }) => { if (inputType === "insertText") this.#replace(typed); });
        for (const type of ["input", "compositionend", "click"]) input.addEventListener(type, (event) => { if (!event.isComposing) this.#update(); });
        input.addEventListener("keyup", ({ key }) => { if (/^(Arrow(Left|Right)|Home|End)$/.test(key)) this.#update(); });
        input.addEventListener("blur", () => this.close());
        // The input keeps the focus.
        this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
        this.#list.addEventListener("click", ({ target }) => {
            const index = [...this.#list.children].indexOf(target.closest("[role=option]"));
            if (index >= 0) this.#insert(index);
        });
    }

    /** @returns {boolean} whether the key press was for the list */
    pressed({ key, shiftKey, altKey, ctrlKey, metaKey }) {
        if (!this.#found || altKey || ctrlKey || metaKey || shiftKey) return false;
        const { length } = this.#found.items;
        switch (key) {
            case "ArrowDown": this.#activate((this.#active + 1) % length); return true;
            case "ArrowUp": this.#activate((Math.max(this.#active, 0) + length - 1) % length); return true;
            case "Escape":
                this.#closed = { start: this.#found.start, before: this.#before };
                this.close();
                return true;
            case "Enter": case "Tab":
                if (this.#active < 0) return false;
                this.#insert(this.#active);
                return true;
            default: return false;
        }
    }

    close() {
        this.#found = undefined;
        this.#list.hidden = true;
        this.#list.replaceChildren();
        this.#input.removeAttribute("aria-activedescendant");
    }

    get #before() { return this.#input.value.slice(0, this.#input.selectionStart); }

    #update() {
        const { selectionStart, selectionEnd } = this.#input;
        const before = this.#before;
        const found = selectionStart === selectionEnd ? this.#find(before) : undefined;
        if (found?.start !== this.#closed?.start || !before.startsWith(this.#closed?.before)) this.#closed = undefined;
        if (!found || this.#closed) return this.close();
        const count = this.#found?.items.length;
        this.#found = { ...found, end: selectionStart };
        this.#list.replaceChildren(...found.items.map(({ nodes }, index) => h("li", { id: `completion-${index}`, role: "option" }, ...nodes)));
        this.#list.hidden = false;
        this.#activate(found.isComplete ? -1 : 0);
        if (count !== found.items.length) announce(t("suggestionCount", { n: found.items.length }));
    }

    #replace(typed) {
        const found = typed(this.#before);
        if (found) insertText(this.#input, found.start, this.#input.selectionStart, found.insert);
    }

    #find(before) {
        for (const source of this.#sources) {
            const found = source(before);
            if (found?.items.length) return found;
        }
        return undefined;
    }

    #activate(index) {
        this.#active = index;
        for (const [i, option] of [...this.#list.children].entries()) option.ariaSelected = String(i === index);
        if (index < 0) return this.#input.removeAttribute("aria-activedescendant");
        this.#input.setAttribute("aria-activedescendant", `completion-${index}`);
        this.#list.children[index].scrollIntoView({ block: "nearest" });
    }

    #insert(index) {
        const { start, end, items } = this.#found;
        // The list does not open again for what it has inserted.
        this.#closed = { start, before: this.#before.slice(0, start) + items[index].insert };
        this.close();
        insertText(this.#input, start, end, items[index].insert);
    }
}

/** Replaces a part of the text, so that the user can undo it where the browser can. */
export function insertText(input, start, end, text) {
    input.focus();
    input.setSelectionRange(start, end);
    if (document.execCommand("insertText", false, text)) return;
    input.setRangeText(text, start, end, "end");
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
