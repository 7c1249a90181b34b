// Where things stand in a list that scrolls. The browser's own anchoring is switched off (style/log.css): not all have it, and
// it lets go at the very top, where the past is put in.

/**
 * The line that is looked at: the first message in view, and how far below the list's top it stands.
 * @param {Element} [gap] one that is filled from below: then the first line below it
 */
export function anchored(list, gap) {
    const top = list.getBoundingClientRect().top;
    const lines = list.querySelectorAll(".lines > li:not(.day, .gap)");
    const isBelow = (line) => gap.compareDocumentPosition(line) & Node.DOCUMENT_POSITION_FOLLOWING;
    let [low, high] = [gap ? Math.max(0, [...lines].findIndex(isBelow)) : 0, lines.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (lines[middle].getBoundingClientRect().bottom <= top) low = middle + 1;
        else high = middle;
    }
    const line = lines[low];
    return line && { line, top: line.getBoundingClientRect().top };
}

/** Puts the line back to where it stood. */
export function keep(list, { line, top }) {
    if (line.isConnected) list.scrollTop += line.getBoundingClientRect().top - top;
}

/** Whether an element is in view, or `ahead` px away from it. */
export function isNear(list, element, ahead) {
    const view = list.getBoundingClientRect();
    const { top, bottom } = element.getBoundingClientRect();
    return element.offsetParent !== null && bottom > view.top - ahead && top < view.bottom + ahead;
}
