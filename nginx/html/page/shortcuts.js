// The keyboard shortcuts of the whole page.

const isMac = /mac|iphone|ipad/i.test(navigator.platform);

/** The keys of the switcher, as the platform writes them. */
export const SWITCHER_KEYS = isMac ? "⌘K" : "Ctrl K";

/**
 * Ctrl or Cmd + K: the switcher. "/" outside of inputs, and Ctrl or Cmd + Shift + F: search. Alt + up or down: the channel above or
 * below; with Shift, the next one with unread messages. Escape, where it closes nothing: marks as read.
 * @param {{search(), switch(), step(by: -1 | 1, unread: boolean), markRead()}} handlers a missing one has no keys
 */
export function addShortcuts(handlers) {
    addEventListener("keydown", (event) => {
        if (event.isComposing || event.defaultPrevented) return;
        const action = actionOf(event, handlers);
        if (!action) return;
        event.preventDefault();
        action();
    });
}

function actionOf({ key, altKey, shiftKey, ctrlKey, metaKey, target }, handlers) {
    const letter = key.toLowerCase();
    const hasModifier = ctrlKey || metaKey;
    if (altKey) {
        if (hasModifier || document.querySelector("dialog[open]")) return undefined;
        const by = { arrowup: -1, arrowdown: 1 }[letter];
        return by && handlers.step && (() => handlers.step(by, shiftKey));
    }
    if (key === "Escape") return document.querySelector("dialog[open], :popover-open") ? undefined : handlers.markRead;
    if (hasModifier && letter === "k" && !shiftKey) return handlers.switch;
    if (hasModifier && letter === "f" && shiftKey) return handlers.search;
    if (!hasModifier && key === "/" && !target.matches("input, textarea")) return handlers.search;
    return undefined;
}
