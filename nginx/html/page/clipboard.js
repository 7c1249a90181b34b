// The clipboard. Browsers offer their API only over HTTPS; without it, an older command copies from an input.

import { h } from "./dom.js";

/** @returns {Promise<boolean>} whether the text is in the clipboard */
export async function copyText(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return copyByCommand(text);
    }
}

function copyByCommand(text) {
    const focused = document.activeElement;
    const input = h("textarea", { value: text, readOnly: true, className: "visually-hidden", ariaHidden: "true" });
    // Inside of an open dialog, because the rest of the page can't have the focus then.
    (document.querySelector("dialog:modal") ?? document.body).append(input);
    input.select();
    const isCopied = document.execCommand("copy");
    input.remove();
    focused?.focus({ preventScroll: true });
    return isCopied;
}
