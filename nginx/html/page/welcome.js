// Tells a new user under which name others see what it writes, and where to change that. Shown until the user has chosen a name, or
// has closed it.

import { $ } from "./dom.js";
import { tNodes } from "./i18n.js";
import { settings } from "./settings.js";

settings.define("welcome", ["shown", "hidden"]);

/** @param {() => void} openNameDialog */
export function addWelcome(openNameDialog) {
    $("welcome-name").addEventListener("click", openNameDialog);
    $("hide-welcome").addEventListener("click", () => {
        settings.set("welcome", "hidden");
        $("welcome").hidden = true;
        $("message-input").focus();
    });
}

/** @param {{name: string, isChosen: boolean}} user `isChosen`: the name is the user's choice, or a login's */
export function showWelcome({ name, isChosen }) {
    $("welcome").hidden = isChosen || settings.get("welcome") === "hidden";
    $("welcome-text").replaceChildren(...tNodes("welcomeText", { name }));
}
