// The keyboard in a message list. One row is a tab stop: at first the newest message in sight. The arrow keys, Home and End move to
// other rows, and within a message to its quote, its name, its reactions and its toolbar. message-toolbar.js has the keys of actions.

/** A message of the server, or a line of joins and leaves that unfolds. */
const ROWS = ".message[data-seq], .presence summary";
const BUTTONS = ".quote, button.user-name, .copy-code, .chip, .message-toolbar button";

export class RowFocus {
    #list;
    #current = null;

    /** @param {Element} list the scrolling element */
    constructor(list) {
        this.#list = list;
        list.addEventListener("focus", () => { if (!this.#current?.isConnected || !this.#isInSight(this.#current)) this.#setCurrent(this.#newestInSight); });
        list.addEventListener("focusin", ({ target }) => {
            const row = target.closest(ROWS);
            if (row) this.#setCurrent(row);
        });
        list.addEventListener("keydown", (event) => this.#pressed(event));
    }

    get #all() { return [...this.#list.querySelectorAll(ROWS)]; }
    get #newestInSight() { return [...this.#list.querySelectorAll(".message[data-seq]")].findLast((row) => this.#isInSight(row)); }

    #isInSight(row) {
        const view = this.#list.getBoundingClientRect();
        const { top, bottom } = row.getBoundingClientRect();
        return bottom > view.top && top < view.bottom;
    }

    /** Only rows that have had the focus have the attribute: there are up to a thousand. */
    #setCurrent(row) {
        if (this.#current) this.#current.tabIndex = -1;
        this.#current = row ?? null;
        if (row) row.tabIndex = 0;
    }

    #pressed(event) {
        const row = event.target.closest(ROWS);
        // The arrow keys scroll a block of code.
        if (!row || event.target.matches("pre") || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
        const next = this.#next(event.key, row, event.target);
        if (!next) return;
        event.preventDefault();
        if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
        next.focus();
        next.scrollIntoView({ block: "nearest" });
    }

    #next(key, row, focused) {
        const rows = this.#all;
        const index = rows.indexOf(row);
        const stops = [row, ...row.querySelectorAll(BUTTONS)].filter((stop) => !stop.disabled && stop.offsetParent !== null);
        const column = stops.indexOf(focused);
        switch (key) {
            case "ArrowUp": return rows[index - 1];
            case "ArrowDown": return rows[index + 1];
            case "Home": return rows[0];
            case "End": return rows.at(-1);
            case "ArrowLeft": return stops[column - 1];
            case "ArrowRight": return stops[column + 1];
            default: return undefined;
        }
    }
}
