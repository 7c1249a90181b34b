// The few lines with which the page makes its elements. Strings become text nodes, never HTML.

/** The element with this id: the page has it, or it is a bug. */
export const $ = (id) => document.getElementById(id);

/** A new element: `h("p", { className: "note" }, "text", child)`. */
export function h(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
}

/** A hue (degrees) for a name: the same one everywhere and at every time. */
export function hue(name) {
    let hash = 7;
    for (const character of name) hash = (Math.imul(hash, 31) + character.codePointAt(0)) >>> 0;
    // Fibonacci hashing: names that differ little land far apart on the circle.
    return Math.floor((Math.imul(hash, 0x9e3779b1) >>> 0) / 2 ** 32 * 360);
}

/** A person's name as an element, in their colour. */
export function person(name, tag = "bdi") {
    const element = h(tag, { className: "person", dir: "auto", textContent: name });
    element.style.setProperty("--hue", hue(name));
    return element;
}

/** A little square in a person's colour. */
export function mark(name) {
    const element = h("span", { className: "mark", ariaHidden: "true" });
    element.style.setProperty("--hue", hue(name));
    return element;
}

/** Tells a screen reader, politely. */
export function announce(text) {
    $("status").textContent = text;
}
