// The language of the page, and the strings in that language. Users' names and texts go through `tNodes`, which isolates
// them (bdi), so that a right-to-left name does not reorder the sentence around it.

import { en } from "./i18n-en.js";
import { zh } from "./i18n-zh.js";

export { en, zh };

/** The first supported language of the browser, with its region: en-GB and en-US format dates differently. */
export const locale = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) ?? "en";
const isChinese = /^zh/i.test(locale);
const strings = isChinese ? zh : en;
const language = isChinese ? "zh-CN" : "en";
const plural = new Intl.PluralRules(language);

function template(key, values) {
    const [group, code] = key.split(".");
    const found = code === undefined ? strings[group] : strings[group][code];
    return typeof found === "object" ? found[plural.select(values.n)] ?? found.other : found;
}

/** The string for `key` ("key", or "group.code" in a group). Undefined if there is none. */
export function t(key, values = {}) {
    return template(key, values)?.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** As `t`, but a list of strings and bdi elements, for `append`. A value may be a list of nodes. */
export function tNodes(key, values = {}) {
    return template(key, values).split(/\{(\w+)\}/).map((part, i) => {
        if (i % 2 === 0) return part;
        const bdi = document.createElement("bdi");
        bdi.append(...[values[part] ?? ""].flat());
        return bdi;
    });
}

/** Translates the elements of the document that have a data-i18n, data-i18n-label or data-i18n-placeholder attribute. */
export function translate(root) {
    root.documentElement.lang = language;
    for (const element of root.querySelectorAll("[data-i18n]")) element.textContent = t(element.dataset.i18n);
    for (const element of root.querySelectorAll("[data-i18n-placeholder]")) element.placeholder = t(element.dataset.i18nPlaceholder);
    for (const element of root.querySelectorAll("[data-i18n-label]")) {
        element.setAttribute("aria-label", t(element.dataset.i18nLabel));
        // A button that is only a sign.
        if (element.matches("button.icon")) element.title = t(element.dataset.i18nLabel);
    }
}
