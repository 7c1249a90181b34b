// The formatting within the lines of a message. Pure, and linear in the length of the text. Inlines:
//   a string
//   {type: "strong" | "em" | "del", mark, children}
//   {type: "code", text, mark}
//   {type: "link", href, text, host?, open?, close?}   `host`: of a link that does not show its address
//   and what the given function finds

import { codeSpans } from "./code-spans.js";
import { findLinks, parseUrl } from "./urls.js";

const TYPES = { "*": "em", "_": "em", "**": "strong", "~~": "del", "***": "strong-em" };
const MARKER = /\*+|_+|~+/g;
/** A letter with case or a digit, within which no marker begins or ends. Chinese has no spaces between words. */
const WORD = /[\p{Ll}\p{Lu}\p{Lt}\p{N}]/u;
/** Beside a marker, these say that it is a part of a path, a formula or a program. */
const TECHNICAL = new Set("/\\=$@#&%^+<|`");
/** A marker does not begin a text that begins with these … */
const NOT_FIRST = new Set(")]},.;:!?…/\\|>&%=");
/** … nor, if it is a single character, with these, which faces are made of: ^_^ -_- */
const NOT_FIRST_OF_SINGLE = new Set("-–+^'\"");
const NOT_LAST = new Set("([{</\\");
/** [text](address). The bounds are longer than any real one. */
const MASKED_LINK = /\[([^[\]\n]{1,300})\]\((https?:\/\/(?:[^\s()<>"\\`]|\([^\s()<>"\\`]{0,300}\))+)\)/giu;
/** A text that looks like an address must not hide another one. */
const LIKE_ADDRESS = /[\p{L}\p{N}]\.[\p{L}\p{N}]|:\/\/|@/u;

/** @param {(text: string) => {start: number, end: number, node: object}[]} [find] in order */
export function parseInline(text, find = () => []) {
    if (!/[`*_~@:[]/.test(text)) return text ? [text] : [];
    const atoms = findAtoms(text, find);
    const events = [...findPairs(text, atoms), ...atoms].sort((a, b) => a.start - b.start);
    const root = [];
    const open = [{ children: root }];
    let done = 0;
    const addText = (end) => { if (end > done) open.at(-1).children.push(text.slice(done, end)); };
    for (const { start, end, node, opens } of events) {
        addText(start);
        done = end;
        if (opens) {
            open.at(-1).children.push(opens);
            open.push(opens);
        } else if (node) open.at(-1).children.push(node);
        else open.pop();
    }
    addText(text.length);
    return root;
}

/** What markers have no meaning in: code, links, and what `find` finds. @returns {{start, end, node}[]} in order, without overlaps */
function findAtoms(text, find) {
    const codes = codeSpans(text).map(({ start, end, ticks }) => ({ start, end, node: codeNode(text.slice(start, end), ticks) }));
    const atoms = codes.filter(({ node }) => node.text.trim());
    for (const finder of [maskedLinks, findLinks, find]) {
        const found = finder(text);
        if (found.length) atoms.splice(0, Infinity, ...merge(atoms, found));
    }
    return atoms;
}

function codeNode(source, ticks) {
    const inner = source.slice(ticks, -ticks);
    // One space beside the backticks is a part of them, so that code can begin with a backtick.
    const isPadded = ticks > 1 && /^ .* $/.test(inner);
    return { type: "code", text: isPadded ? inner.slice(1, -1) : inner, mark: "`".repeat(ticks) + (isPadded ? " " : "") };
}

/** Adds the found ones that overlap none of the others. Both are in order. */
function merge(atoms, found) {
    const all = [];
    let i = 0;
    for (const each of found) {
        while (i < atoms.length && atoms[i].end <= each.start) all.push(atoms[i++]);
        if (i === atoms.length || atoms[i].start >= each.end) all.push(each);
    }
    return [...all, ...atoms.slice(i)];
}

function maskedLinks(text) {
    if (!text.includes("](")) return [];
    return [...text.matchAll(MASKED_LINK)].flatMap(({ 0: found, 1: label, 2: address, index }) => {
        const url = parseUrl(address);
        if (!url || !label.trim() || LIKE_ADDRESS.test(label)) return [];
        const node = { type: "link", href: url.href, host: url.host, text: label, open: "[", close: `](${address})` };
        return [{ start: index, end: index + found.length, node }];
    });
}

/** The beginnings and ends of bold, italic and struck text. */
function findPairs(text, atoms) {
    const events = [];
    /** For each marker, the last one that may begin. None nests in itself, so the depth is bounded. */
    const openers = new Map();
    let i = 0;
    for (const { 0: mark, index: start } of text.matchAll(MARKER)) {
        const end = start + mark.length;
        while (i < atoms.length && atoms[i].end <= start) i++;
        if (!(mark in TYPES) || atoms[i]?.start < end) continue;
        const opener = openers.get(mark);
        if (opener && canClose(text, start, end) && isInParagraph(text, opener.end, start)) {
            openers.delete(mark);
            if (!/[\p{L}\p{N}\p{S}]/u.test(text.slice(opener.end, start))) continue;
            for (const [other, { start: at }] of openers) if (at > opener.start) openers.delete(other);
            events.push({ ...opener, opens: { type: TYPES[mark], mark, children: [] } }, { start, end });
        } else if (canOpen(text, start, end)) openers.set(mark, { start, end });
    }
    return events;
}

const isInParagraph = (text, start, end) => {
    const blank = text.indexOf("\n\n", start);
    return blank < 0 || blank >= end;
};

const before = (text, index) => {
    const last = text[index - 1];
    return /[\udc00-\udfff]/.test(last ?? "") ? String.fromCodePoint(text.codePointAt(index - 2)) : last;
};
const after = (text, index) => index < text.length ? String.fromCodePoint(text.codePointAt(index)) : undefined;

const isBoundary = (character) => character === undefined || !WORD.test(character) && !TECHNICAL.has(character);

function canOpen(text, start, end) {
    const next = after(text, end);
    if (next === undefined || /\s/.test(next) || NOT_FIRST.has(next)) return false;
    return isBoundary(before(text, start)) && !(end - start === 1 && NOT_FIRST_OF_SINGLE.has(next));
}

function canClose(text, start, end) {
    const last = before(text, start);
    return last !== undefined && !/\s/.test(last) && !NOT_LAST.has(last) && isBoundary(after(text, end));
}
