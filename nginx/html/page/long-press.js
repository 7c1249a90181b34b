// A long press on a message of a touch screen. It neither hinders scrolling, which cancels it, nor the browser's own menu of a link,
// nor a selection: style/reactions.css makes the text of messages selectable only after the user has asked for that.

/** The time until a touch is a long press (ms), as in the systems of phones. */
const PRESS_MS = 500;
/** A finger that moves farther (px) scrolls. */
const MOVE_PX = 10;
/** What has a long press of its own. */
const OTHERS = "a, button, input, textarea, summary, .selectable";

export class LongPress {
    #rows;
    #pressed;
    #timer = null;
    /** {x, y, row} of the finger that is down. */
    #touch = null;

    /** @param {Element} element @param {string} rows a selector @param {(row: Element) => void} pressed */
    constructor(element, rows, pressed) {
        this.#rows = rows;
        this.#pressed = pressed;
        element.addEventListener("pointerdown", (event) => this.#down(event));
        element.addEventListener("pointermove", ({ clientX, clientY }) => {
            if (this.#touch && Math.hypot(clientX - this.#touch.x, clientY - this.#touch.y) > MOVE_PX) this.#cancel();
        });
        for (const type of ["pointerup", "pointercancel"]) element.addEventListener(type, () => this.#cancel());
        element.addEventListener("scroll", () => this.#cancel(), { capture: true, passive: true });
        // Android's browsers report a long press in this way, too, and would show a menu of their own.
        element.addEventListener("contextmenu", (event) => { if (this.#touch) event.preventDefault(); });
    }

    #down({ pointerType, isPrimary, clientX: x, clientY: y, target }) {
        this.#cancel();
        const row = target.closest(this.#rows);
        if (pointerType !== "touch" || !isPrimary || !row || target.closest(OTHERS)) return;
        this.#touch = { x, y, row };
        this.#timer = setTimeout(() => { if (getSelection().isCollapsed) this.#pressed(row); }, PRESS_MS);
    }

    #cancel() {
        clearTimeout(this.#timer);
        this.#touch = null;
    }
}
