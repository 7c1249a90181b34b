// The part of the channel's menu that chooses which messages call the user.

import { LEVELS } from "./attention.js";
import { $, h } from "./dom.js";
import { t } from "./i18n.js";

/** @param {{channel(): object | undefined, attention: Attention, isNotes(channel): boolean}} options */
export function addLevelMenu({ channel, attention, isNotes }) {
    const items = LEVELS.map((level) => h("button", {
        type: "button", className: "plain", role: "menuitemradio", value: level, onclick: () => attention.setLevel(channel(), level),
    }, t(`levels.${level}`)));
    const group = h("div", { className: "menu-group", role: "group", ariaLabel: t("notifyMe") },
        h("p", { className: "note", ariaHidden: "true" }, t("notifyMe")), ...items);
    $("leave").before(group);
    $("channel-menu").addEventListener("beforetoggle", () => {
        const selected = channel();
        group.hidden = !selected?.isOpen || isNotes(selected);
        if (!group.hidden) for (const item of items) item.ariaChecked = String(item.value === attention.level(selected));
    });
}
