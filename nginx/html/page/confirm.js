// A question in a dialog with the buttons "no" and "yes".

/** @returns {Promise<boolean>} false also for Escape */
export function confirmed(dialog) {
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
