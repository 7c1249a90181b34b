// Popovers at a button: their place, and the focus in them. The browser closes them on Escape and on a click elsewhere.

/** The distance from the edges of the window, in px. */
const MARGIN = 8;

/** Shows a popover at an element, inside of the window. */
export function showAt(popover, element) {
    popover.showPopover();
    const at = element.getBoundingClientRect();
    const { width, height } = popover.getBoundingClientRect();
    const top = at.bottom + height + MARGIN > innerHeight ? at.top - height : at.bottom;
    popover.style.top = `${Math.max(MARGIN, Math.min(top, innerHeight - height - MARGIN))}px`;
    popover.style.left = `${Math.max(MARGIN, Math.min(at.right - width, innerWidth - width - MARGIN))}px`;
}

/** The arrow keys move the focus through the buttons of a popover. @param {number} columns of a row */
export function moveFocus(event, buttons, columns = 1) {
    const steps = { ArrowDown: columns, ArrowUp: -columns, ArrowRight: 1, ArrowLeft: -1 };
    const index = buttons.indexOf(document.activeElement);
    if (!(event.key in steps) || index < 0) return;
    event.preventDefault();
    buttons[(index + steps[event.key] + buttons.length) % buttons.length].focus();
}
