// The keyboard shortcuts of the whole page.

/** @param {{search()}} handlers `search`: Ctrl+K, Cmd+K, and "/" outside of inputs */
export function addShortcuts(handlers) {
    addEventListener("keydown", (event) => {
        if (event.isComposing || event.altKey || event.shiftKey && event.key !== "/") return;
        const hasModifier = event.ctrlKey || event.metaKey;
        const isInput = event.target.matches("input, textarea");
        const isSearch = hasModifier ? event.key.toLowerCase() === "k" : event.key === "/" && !isInput;
        if (!isSearch) return;
        event.preventDefault();
        handlers.search();
    });
}
