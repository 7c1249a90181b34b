// Short notices over the message list: they vanish by themselves, or have buttons and wait for an answer.

import { $, announce, h } from "./dom.js";

/** The time that a notice without buttons stays (ms): long enough to read a sentence. */
const SHOWN_MS = 5_000;

let timer = null;
let current = null;

/** Shows a notice in the place of the one before. @param {...(string | Node)} nodes */
export function notice(...nodes) {
    show(h("p", {}, ...nodes));
    timer = setTimeout(() => hideNotice(), SHOWN_MS);
}

/**
 * Shows a question.
 * @param {(string | Node)[]} nodes
 * @param {{label: string, isPrimary?: boolean, run()}[]} answers
 */
export function ask(nodes, answers) {
    const buttons = answers.map(({ label, isPrimary = false, run }) => h("button", {
        type: "button", className: isPrimary ? "small primary" : "small", onclick: () => { hideNotice(); run(); },
    }, label));
    show(h("p", { className: "question" }, ...nodes), h("div", { className: "notice-answers" }, ...buttons));
}

export function hideNotice() {
    clearTimeout(timer);
    current?.remove();
    current = null;
}

function show(text, ...others) {
    hideNotice();
    announce(...text.cloneNode(true).childNodes);
    current = h("div", { className: "notice" }, text, ...others);
    $("message-panes").append(current);
}
