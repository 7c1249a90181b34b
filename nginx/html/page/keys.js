// The keys that do something wherever one is.

/** @param {{search()}} on Ctrl or Cmd with K, and "/" where nothing is written */
export function keys(on) {
    addEventListener("keydown", (event) => {
        if (event.isComposing || event.altKey || event.shiftKey && event.key !== "/") return;
        const isCommand = event.ctrlKey || event.metaKey;
        const isWriting = event.target.matches("input, textarea");
        const isSearch = isCommand ? event.key.toLowerCase() === "k" : event.key === "/" && !isWriting;
        if (!isSearch) return;
        event.preventDefault();
        on.search();
    });
}
