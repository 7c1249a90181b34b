// Helpers that make elements. Strings become text nodes, never HTML.

/** The element with this id, which the document must contain. */
export const $ = (id) => document.getElementById(id);

/** A new element: `h("p", { className: "note" }, "text", child)`. */
export function h(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
}

/** The hue (degrees) of a user, a function of the id; of the name, if a server has no ids. */
export function hue(name, user) {
    let hash = 7;
    for (const character of String(user ?? name)) hash = (Math.imul(hash, 31) + character.codePointAt(0)) >>> 0;
    // Fibonacci hashing spreads similar names over the circle.
    return Math.floor((Math.imul(hash, 0x9e3779b1) >>> 0) / 2 ** 32 * 360);
}

/** A user's name as an element in the user's colour. */
export function userName(name, user, tag = "bdi") {
    const element = h(tag, { className: "user-name", dir: "auto", textContent: name });
    element.style.setProperty("--hue", hue(name, user));
    return element;
}

/** A polite status message for screen readers: strings and nodes. */
export function announce(...nodes) {
    $("status").replaceChildren(...nodes);
}
