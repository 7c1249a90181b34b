// A block of code: it scrolls sideways, and has a button that copies it.

import { announce, h } from "./dom.js";
import { t } from "./i18n.js";

/** Code that is wider than its place is a tab stop, because the arrow keys scroll it. */
const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
        const isScrollable = target.scrollWidth > target.clientWidth;
        if (isScrollable) Object.assign(target, { tabIndex: 0, role: "region", ariaLabel: t("code") });
        else for (const name of ["tabindex", "role", "aria-label"]) target.removeAttribute(name);
    }
});

/** @param {{text: string, language: string, open: string, close: string}} code (markdown.js) */
export function codeBlock({ text, language, open, close }) {
    const code = h("code", {}, text);
    const scroller = h("pre", { dir: "ltr" }, code);
    Object.assign(scroller.dataset, { open, close });
    observer.observe(scroller);
    const button = h("button", {
        type: "button", className: "copy-code", tabIndex: -1, title: t("copyCode"), ariaLabel: t("copyCode"), onclick: () => void copy(code),
    });
    const block = h("div", { className: "code-block" }, scroller, button);
    if (language) block.dataset.language = language;
    return block;
}

async function copy(code) {
    const text = code.textContent.replace(/\n$/, "");
    try {
        await navigator.clipboard.writeText(text);
        announce(t("copied"));
    } catch {
        // Browsers offer the clipboard only over HTTPS. Without it, the user copies what is selected.
        getSelection().selectAllChildren(code);
        announce(t("copyYourself"));
    }
}
