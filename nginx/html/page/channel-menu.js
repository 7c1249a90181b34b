// The menu of the selected channel. index.html has its items; a module that adds one gives it `role="menuitem"`.

import { $ } from "./dom.js";
import { moveFocus } from "./popover.js";

const menu = $("channel-menu");
const items = () => [...menu.querySelectorAll("[role^=menuitem]")].filter((item) => item.checkVisibility());

export function addChannelMenu() {
    menu.addEventListener("beforetoggle", ({ newState }) => {
        if (newState !== "open") return;
        const { bottom, right } = $("open-channel-menu").getBoundingClientRect();
        menu.style.top = `${bottom + 4}px`;
        menu.style.right = `${Math.max(8, innerWidth - right)}px`;
    });
    menu.addEventListener("toggle", ({ newState }) => { if (newState === "open") items()[0]?.focus(); });
    menu.addEventListener("keydown", (event) => moveFocus(event, items()));
    menu.addEventListener("click", () => menu.hidePopover());
}
