// The language of the page: which one, and how its words are filled in. Names and texts of people go through `parts`, which
// isolates them (bdi): a name in Arabic does not turn the sentence around it.

import { en } from "./words-en.js";
import { zh } from "./words-zh.js";

export { en, zh };

/** The first of the browser's languages that the page speaks, as the browser says it: en-GB writes dates unlike en-US. */
export const locale = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) ?? "en";
const chinese = /^zh/i.test(locale);
const words = chinese ? zh : en;
const language = chinese ? "zh-CN" : "en";
const plural = new Intl.PluralRules(language);

function template(key, values) {
    const [group, code] = key.split(".");
    const found = code === undefined ? words[group] : words[group][code];
    return typeof found === "object" ? found[plural.select(values.n)] ?? found.other : found;
}

/** The words for `key` ("group.code" within a group) as plain text; undefined where there are none. */
export function t(key, values = {}) {
    return template(key, values)?.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The same as a list of texts and bdi elements, for `append`. */
export function parts(key, values = {}) {
    return template(key, values).split(/\{(\w+)\}/).map((piece, i) => {
        if (i % 2 === 0) return piece;
        const bdi = document.createElement("bdi");
        bdi.textContent = values[piece];
        return bdi;
    });
}

/** Puts the language into the page as it was loaded. */
export function translate(root) {
    root.documentElement.lang = language;
    for (const element of root.querySelectorAll("[data-i18n]")) element.textContent = t(element.dataset.i18n);
    for (const element of root.querySelectorAll("[data-i18n-label]")) {
        element.setAttribute("aria-label", t(element.dataset.i18nLabel));
    }
}
