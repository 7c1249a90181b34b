// A panel beside the channel: the rooms, or the members. In a wide window it is a column, which the user can hide; in a narrow one a
// drawer (a popover), which the browser closes on Escape or a click elsewhere.

import { settings } from "./settings.js";

export class SidePanel {
    #panel;
    #key;
    #wide;
    #opener;
    #focus;

    /**
     * @param {{panel: Element, key: "sidebar" | "members", wide: string, opener: Element, hider: Element, focus: () => Element}} options
     *   `wide`: the media query of a window with a column for it (layout.css has the same); `focus`: what gets the focus in a drawer
     */
    constructor({ panel, key, wide, opener, hider, focus }) {
        this.#panel = panel;
        this.#key = key;
        this.#wide = matchMedia(wide);
        this.#opener = opener;
        this.#focus = focus;
        opener.addEventListener("click", () => this.toggle());
        hider.addEventListener("click", () => this.hide());
        this.#wide.addEventListener("change", () => {
            if (panel.matches(":popover-open")) panel.hidePopover();
            this.#changed();
        });
        panel.addEventListener("toggle", ({ newState }) => {
            if (newState === "open") this.#focus()?.focus();
            this.#changed();
        });
        settings.addEventListener("change", ({ detail }) => { if (detail.key === key) this.#changed(); });
        this.#changed();
    }

    get isShown() { return this.#wide.matches ? settings.get(this.#key) === "shown" : this.#panel.matches(":popover-open"); }

    toggle() {
        if (this.isShown) return this.hide();
        if (!this.#wide.matches) return this.#panel.showPopover({ source: this.#opener });
        settings.set(this.#key, "shown");
        this.#focus()?.focus();
    }

    hide() {
        if (this.#wide.matches) settings.set(this.#key, "hidden");
        else this.#panel.hidePopover();
        // The button that was used may be hidden now.
        if (this.#opener.checkVisibility()) this.#opener.focus();
    }

    /** After something in the panel was chosen: a drawer gives way to it. */
    chosen() {
        if (!this.#wide.matches && this.#panel.matches(":popover-open")) this.#panel.hidePopover();
    }

    #changed() { this.#opener.ariaExpanded = String(this.isShown); }
}
