// The formatting of a message: text in, tree out. Pure, and linear in the length of the text.
//
// It knows what people type in chats, and no more: code, **bold**, *italic*, _italic_, ~~struck~~, > quotes, lists, links. A marker that
// may be meant literally stays as text: 2*3*4, snake_case, a glob, a lone ">". There are no escapes, so no backslash is lost; code
// shows everything as it is. Blocks:
//   {type: "text", children}   lines with their line breaks, blank ones too
//   {type: "code", text, language, open, close}
//   {type: "quote", children: blocks}
//   {type: "list", isOrdered, isParen, items: [{value?, open, children, lists}]}
// The children of texts and items are inlines (markdown-inline.js). The texts of all leaves are the source without its markers;
// `open` and `close` are the markers.

import { codeSpans } from "./code-spans.js";
import { parseInline } from "./markdown-inline.js";

/** The most levels of quotes and lists. Deeper ones stay as text, or at the deepest level. */
const MAX_DEPTH = 5;
const QUOTE = /^ {0,3}> (?=\s*\S)/;
const QUOTE_GOES_ON = /^ {0,3}>(?: |$)/;
const ITEM = /^([ \t]*)(?:([-*•])|(0|[1-9]\d{0,8})([.)]))([ \t]+)(?=\S)/;
/** The columns of a tab, and the most of a first item: a text that is indented further keeps its indentation. */
const TAB = 4;
const MAX_FIRST_INDENT = 3;
const INDENT = /[ \t]*/y;
const BLANK_REST = /[ \t]*(?:\n|$)/y;
/** The first line of a block of code may name its language, which is shown. */
const LANGUAGE = /^([a-z][\w+#.-]{0,19})?[ \t]*\n/i;

/** @param {(text: string) => object[]} [find] atoms that are no markup, such as mentions (markdown-inline.js) */
export function parse(text, find, depth = 0) {
    const parser = { text, find, depth, spans: codeSpans(text), cursor: { index: 0 } };
    const blocks = [];
    let position = 0;
    let done = 0;
    while (position < text.length) {
        const { end } = lineAt(text, position);
        const found = blockAt(parser, position) ?? codeBlock(text, blockCodeIn(parser, position, end));
        position = found?.end ?? end;
        if (!found) continue;
        if (found.start > done) blocks.push({ type: "text", children: parseInline(text.slice(done, found.start), find) });
        blocks.push(...found.blocks);
        done = position;
    }
    if (position > done) blocks.push({ type: "text", children: parseInline(text.slice(done), find) });
    return blocks;
}

/** The text without its markers. */
export function plainText(text) { return parse(text).map(textOf).join(""); }

const textOf = (node) => typeof node === "string" ? node
    : node.text ?? [...node.children ?? [], ...node.items ?? [], ...node.lists ?? []].map(textOf).join("");

/** The line that begins here. `end` is behind its line break. */
function lineAt(text, start) {
    const end = text.indexOf("\n", start);
    return { text: text.slice(start, end < 0 ? undefined : end), end: end < 0 ? text.length : end + 1 };
}

/** The quote or the list that begins here. @returns {{start: number, end: number, blocks: object[]} | undefined} */
function blockAt(parser, start) {
    const { text, depth } = parser;
    if (start > 0 && text[start - 1] !== "\n") return undefined;
    const line = lineAt(text, start);
    if (depth < MAX_DEPTH && QUOTE.test(line.text)) return parseQuote(parser, start);
    const item = ITEM.exec(line.text);
    return item && columns(item[1]) <= MAX_FIRST_INDENT ? parseList(parser, start) : undefined;
}

function parseQuote({ text, find, depth }, start) {
    const lines = [];
    let count = 0;
    let end = start;
    for (let line, next = start; next < text.length; next = line.end) {
        line = lineAt(text, next);
        const marker = QUOTE_GOES_ON.exec(line.text);
        if (!marker) break;
        lines.push(text.slice(next + marker[0].length, line.end));
        // A lone ">" below a quote is no part of it.
        if (!QUOTE.test(line.text)) continue;
        count = lines.length;
        end = line.end;
    }
    return { start, end, blocks: [{ type: "quote", children: parse(lines.slice(0, count).join(""), find, depth + 1) }] };
}

const columns = (indent) => [...indent].reduce((sum, character) => sum + (character === "\t" ? TAB : 1), 0);

function parseList(parser, start) {
    const { text, find } = parser;
    const items = [];
    let end = start;
    while (end < text.length) {
        const line = lineAt(text, end);
        const item = ITEM.exec(line.text);
        // An indented line continues the item.
        if (!item && !/^(?: {2}|\t)\s*\S/.test(line.text)) break;
        const code = blockCodeIn(parser, end, line.end);
        if (code && (code.start === end || !item)) break;
        const content = text.slice(end + (item ? item[0].length : /^\s*/.exec(line.text)[0].length), code?.start ?? line.end);
        if (item) items.push({ indent: columns(item[1]), isOrdered: item[3] !== undefined, value: Number(item[3]), open: item[0], content });
        else items.at(-1).content += content;
        end = code?.start ?? line.end;
        if (code) break;
    }
    return { start, end, blocks: nest(items.map(({ content, ...item }) => ({ ...item, children: parseInline(content, find) }))) };
}

/** Makes lists of items by their indentation. */
function nest(items) {
    const lists = [];
    const levels = [{ indent: items[0].indent, lists }];
    for (const { indent, isOrdered, value, open, children } of items) {
        while (levels.length > 1 && indent < levels.at(-1).indent) levels.pop();
        const parent = levels.at(-1).lists.at(-1)?.items.at(-1);
        if (parent && indent >= levels.at(-1).indent + 2 && levels.length < MAX_DEPTH) levels.push({ indent, lists: parent.lists });
        const level = levels.at(-1).lists;
        const isParen = isOrdered && /\)\s*$/.test(open);
        const last = level.at(-1);
        const goesOn = last?.isOrdered === isOrdered && last.isParen === isParen;
        if (!goesOn) level.push({ type: "list", isOrdered, isParen, items: [] });
        level.at(-1).items.push({ ...isOrdered && { value }, open, children, lists: [] });
    }
    return lists;
}

/** The first code between the two positions of a line that is a block, because it has several lines, or a line of its own. `start` includes its indentation. */
function blockCodeIn({ text, spans, ...parser }, from, to) {
    const isLineStart = from === 0 || text[from - 1] === "\n";
    const contentStart = isLineStart ? matchAt(INDENT, text, from).end : -1;
    for (const { start, end, ticks } of spansIn(parser.cursor, spans, from, to)) {
        const content = text.slice(start + ticks, end - ticks);
        if (ticks < 3 || !/\S/.test(content.replace(LANGUAGE, ""))) continue;
        const isFirst = start === contentStart;
        const isLine = isFirst && matchAt(BLANK_REST, text, end);
        if (content.includes("\n") || isLine) return { start: isFirst ? from : start, ticksAt: start, end, ticks };
    }
    return undefined;
}

/** The spans that begin between the two positions. The cursor skips those before. */
function* spansIn(cursor, spans, from, to) {
    while (spans[cursor.index]?.start < from) cursor.index += 1;
    for (let i = cursor.index; spans[i]?.start < to; i++) yield spans[i];
}

function matchAt(pattern, text, index) {
    pattern.lastIndex = index;
    return pattern.test(text) ? { end: pattern.lastIndex } : undefined;
}

/** The block of this code, with the line break behind it. */
function codeBlock(text, code) {
    if (!code) return undefined;
    const { start, ticksAt, end, ticks } = code;
    const content = text.slice(ticksAt + ticks, end - ticks);
    const [head, language = ""] = LANGUAGE.exec(content) ?? [""];
    const indent = ticksAt - start;
    const source = content.slice(head.length);
    const blockEnd = matchAt(BLANK_REST, text, end)?.end ?? end;
    return { start, end: blockEnd, blocks: [{
        type: "code", language, open: text.slice(start, ticksAt + ticks) + head,
        text: indent ? source.replace(new RegExp(`^[ \\t]{1,${indent}}`, "gm"), "") : source,
        close: text.slice(end - ticks, blockEnd),
    }] };
}
