// Keeps the drafts of this tab over a reload.

const KEY = `chatrelay ${new URL("..", import.meta.url).href} drafts`;

let isForgotten = false;

/** The user of this browser changes: the drafts are not stored. */
export function forgetDrafts() {
    isForgotten = true;
    try { sessionStorage.removeItem(KEY); } catch { /* forbidden */ }
}

/** @param {Composer} composer */
export function keepDrafts(composer) {
    try {
        const stored = JSON.parse(sessionStorage.getItem(KEY)) ?? {};
        composer.drafts = Object.fromEntries(Object.entries(stored).filter(([, text]) => typeof text === "string"));
    } catch { /* forbidden, or not ours */ }
    addEventListener("pagehide", () => {
        if (isForgotten) return;
        try { sessionStorage.setItem(KEY, JSON.stringify(composer.drafts)); } catch { /* forbidden or full */ }
    });
}
