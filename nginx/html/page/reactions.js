// The chips of the reactions to a message.

import { h } from "./dom.js";
import { t } from "./i18n.js";

/** The most names in the label of a chip. */
const MAX_NAMES = 20;

/** @param {{toggled(emoji: string, on: boolean), wanted(users: number[])}} handlers `wanted`: somebody looks for these users' names */
export function reactionChips(reactions, { self, users }, { toggled, wanted }) {
    return reactions.map(({ emoji, users: ids }) => {
        const isOwn = ids.includes(self);
        const names = [...isOwn ? [t("you")] : [], ...ids.filter((id) => id !== self).map((id) => users.name(id)).filter(Boolean)].slice(0, MAX_NAMES);
        if (names.length < ids.length) names.push(t("otherReactions", { n: ids.length - names.length }));
        const label = t("reactedWith", { emoji, names: names.join(t("listSeparator")) });
        const want = () => wanted(ids.filter((id) => id !== self).slice(0, MAX_NAMES));
        const chip = h("button", {
            type: "button", className: "chip", tabIndex: -1, title: label, ariaLabel: label, ariaPressed: String(isOwn),
            onclick: () => toggled(emoji, !isOwn), onfocus: want, onpointerenter: want,
        }, h("span", { className: "emoji" }, emoji), h("span", { className: "count" }, String(ids.length)));
        chip.dataset.emoji = emoji;
        return h("li", {}, chip);
    });
}
