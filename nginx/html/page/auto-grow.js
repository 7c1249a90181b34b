// Makes a text input as high as its text, in browsers that do not know `field-sizing` (style/layout.css).

/** Call it when the text or the width has changed. */
export function grow(input) {
    if (getComputedStyle(input).fieldSizing === "content") return;
    input.style.height = "";
    const borders = input.offsetHeight - input.clientHeight;
    input.style.height = `${input.scrollHeight + borders}px`;
}
