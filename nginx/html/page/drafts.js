// Keeps the drafts of this tab over a reload.

const KEY = `chatrelay ${new URL("..", import.meta.url).href} drafts`;

/** @param {Composer} composer */
export function keepDrafts(composer) {
    try {
        const stored = JSON.parse(sessionStorage.getItem(KEY)) ?? {};
        composer.drafts = Object.fromEntries(Object.entries(stored).filter(([, text]) => typeof text === "string"));
    } catch { /* forbidden, or not ours */ }
    addEventListener("pagehide", () => {
        try { sessionStorage.setItem(KEY, JSON.stringify(composer.drafts)); } catch { /* forbidden or full */ }
    });
}
