// Makes room for the keyboard of an iPhone: Safari covers the page with it and does not make the page smaller
// (`interactive-widget` in index.html does that elsewhere). The page then takes the part of the window that is visible.

export function makeRoomForKeyboard() {
    const view = window.visualViewport;
    const fit = () => {
        // A magnified page is scrolled by the reader.
        const isCovered = view.scale <= 1.01 && view.height < innerHeight - 1;
        document.body.style.height = isCovered ? `${view.height}px` : "";
        if (isCovered) scrollTo(0, 0);
    };
    view?.addEventListener("resize", fit);
}
