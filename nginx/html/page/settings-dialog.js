// The dialog of the settings. To add one: `settings.define(key, values)`, the strings `settingNames.KEY` and `settingValues.KEY-VALUE`
// in both languages, and `dialog.addChoice(section, key)`. `dialog.addRow(section, …nodes)` adds anything else.

import { $, h } from "./dom.js";
import { t } from "./i18n.js";
import { settings } from "./settings.js";

/** The sections in their order; `settingSections` has their names. A section without rows is not shown. */
const SECTIONS = ["appearance", "notifications"];

export class SettingsDialog {
    #dialog = $("settings-dialog");
    #sections = new Map();

    constructor() {
        this.#dialog.querySelector(".close").addEventListener("click", () => this.#dialog.close());
        for (const section of SECTIONS) {
            const element = h("section", { hidden: true }, h("h3", {}, t(`settingSections.${section}`)));
            this.#sections.set(section, element);
            $("settings-rows").append(element);
        }
        for (const key of ["theme", "density", "time"]) this.addChoice("appearance", key);
    }

    open() { this.#dialog.showModal(); }

    /** A row in which one of the values of a setting is chosen. */
    addChoice(section, key) {
        const radios = settings.values(key).map((value) => h("input", {
            type: "radio", name: `setting-${key}`, value, onchange: () => settings.set(key, value),
        }));
        const show = () => { for (const radio of radios) radio.checked = radio.value === settings.get(key); };
        settings.addEventListener("change", ({ detail }) => { if (detail.key === key) show(); });
        show();
        this.addRow(section, h("fieldset", { className: "choice" }, h("legend", {}, t(`settingNames.${key}`)),
            h("div", { className: "choices" },
                ...radios.map((radio) => h("label", {}, radio, h("span", {}, t(`settingValues.${key}-${radio.value}`)))))));
    }

    addRow(section, ...nodes) {
        this.#sections.get(section).hidden = false;
        this.#sections.get(section).append(h("div", { className: "setting" }, ...nodes));
    }
}
