// The scroll anchor of a message list: keeps the visible rows in place while rows change above them. The browser's own
// scroll anchoring is off (style/messages.css): not all browsers have it, and it does not work at the very top, where earlier
// messages are inserted.

/**
 * @param {Element} list the scrolling element
 * @param {Element} [gap] one that fills from its lower end: the anchor is then the first row below it
 * @returns {{row: Element, top: number} | undefined} the first visible message, and its position on the screen
 */
export function scrollAnchor(list, gap) {
    const top = list.getBoundingClientRect().top;
    const rows = list.querySelectorAll(".rows > li:not(.day-separator, .gap, .unread-line)");
    const isBelow = (row) => gap.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING;
    let [low, high] = [gap ? Math.max(0, [...rows].findIndex(isBelow)) : 0, rows.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (rows[middle].getBoundingClientRect().bottom <= top) low = middle + 1;
        else high = middle;
    }
    const row = rows[low];
    return row && { row, top: row.getBoundingClientRect().top };
}

/** Scrolls so that the anchor's row is at its earlier position. */
export function restoreAnchor(list, { row, top }) {
    if (row.isConnected) list.scrollTop += row.getBoundingClientRect().top - top;
}

/** Whether an element is visible, or at most `margin` px outside of the visible part. */
export function isNear(list, element, margin) {
    const view = list.getBoundingClientRect();
    const { top, bottom } = element.getBoundingClientRect();
    return element.offsetParent !== null && bottom > view.top - margin && top < view.bottom + margin;
}
