// The keyboard in a message list. One message is a tab stop, by its button for actions: at first the newest one in sight. The
// arrow keys, Home and End move to other messages, and within a message to its quote, its name and its reactions.

const BUTTONS = ".quote, button.user-name, .copy-code, .message-actions, .chip";

export class RowFocus {
    #list;
    #current = null;

    /** @param {Element} list the scrolling element */
    constructor(list) {
        this.#list = list;
        list.addEventListener("focus", () => { if (!this.#current?.isConnected || !this.#isInSight(this.#current)) this.#setCurrent(this.#newestInSight); });
        list.addEventListener("focusin", ({ target }) => {
            const actions = target.closest(".message")?.querySelector(".message-actions");
            if (actions) this.#setCurrent(actions);
        });
        list.addEventListener("keydown", (event) => this.#pressed(event));
    }

    get #all() { return [...this.#list.querySelectorAll(".message-actions")]; }
    get #newestInSight() { return this.#all.findLast((button) => this.#isInSight(button)); }

    #isInSight(button) {
        const view = this.#list.getBoundingClientRect();
        const { top, bottom } = button.closest(".message").getBoundingClientRect();
        return bottom > view.top && top < view.bottom;
    }

    #setCurrent(button) {
        if (this.#current) this.#current.tabIndex = -1;
        this.#current = button ?? null;
        if (button) button.tabIndex = 0;
    }

    #pressed(event) {
        const message = event.target.closest(".message");
        // The arrow keys scroll a block of code.
        if (!message || event.target.matches("pre") || event.target === this.#list || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
        const next = this.#next(event.key, message, event.target);
        if (!next) return;
        event.preventDefault();
        next.focus();
        next.scrollIntoView({ block: "nearest" });
    }

    #next(key, message, focused) {
        const rows = this.#all;
        const row = rows.indexOf(message.querySelector(".message-actions"));
        const buttons = [...message.querySelectorAll(BUTTONS)].filter((button) => !button.disabled && button.offsetParent !== null);
        const column = buttons.indexOf(focused);
        switch (key) {
            case "ArrowUp": return rows[row - 1];
            case "ArrowDown": return rows[row + 1];
            case "Home": return rows[0];
            case "End": return rows.at(-1);
            case "ArrowLeft": return buttons[column - 1];
            case "ArrowRight": return buttons[column + 1];
            default: return undefined;
        }
    }
}
