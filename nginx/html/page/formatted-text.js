// The text of a message as elements: what markdown.js has found, links, and mentions. No string becomes HTML. Shared by the page and
// by chat-relay.js, so it knows no language of the reader and no document.
//
// The text of the elements is the source without its markers, with all its line breaks. `data-open` and `data-close` hold the
// markers, for copying (copy-source.js). Each line has its own direction (style/text.css), and so has each item of a list.

import { h } from "./dom.js";
import { linkElement } from "./links.js";
import { parse } from "./markdown.js";

const TAGS = { strong: "strong", em: "em", del: "s" };
/** Of emojis alone, at most so many are shown large. */
const MAX_LARGE = 6;
const EMOJI = /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\p{Regional_Indicator}{2}|[#*\d]\ufe0f?\u20e3)/u;
const graphemes = new Intl.Segmenter();

/**
 * @param {(code: {text, language, open, close}) => Element} codeBlock what makes a block of code
 * @param {(text: string) => object[]} [find] what finds mentions (mentions.js)
 * @returns {(string | Element)[]} the text, for `append`
 */
export function formattedText(text, codeBlock, find) {
    const block = (node) => {
        switch (node.type) {
            case "text": return h("p", { dir: "auto" }, ...inlines(node.children));
            case "quote": return h("blockquote", {}, ...node.children.map(block));
            case "list": return list(node);
            default: return codeBlock(node);
        }
    };
    const blocks = parse(text, find);
    const isPlain = blocks.length === 1 && blocks[0].type === "text";
    return isPlain ? inlines(blocks[0].children) : blocks.map(block);
}

/** Whether the text is a few emojis, which are shown large. */
export function isEmojiOnly(text) {
    if (text.length > 100 || /[\p{L}<>]/u.test(text)) return false;
    const all = [...graphemes.segment(text.replace(/\s/g, ""))];
    return all.length > 0 && all.length <= MAX_LARGE && all.every(({ segment }) => EMOJI.test(segment));
}

function list({ isOrdered, isParen, items }) {
    const element = h(isOrdered ? "ol" : "ul", { className: isParen ? "paren" : "" });
    for (const { value, open, children, lists } of items) {
        const item = h("li", { dir: "auto", ...value !== undefined && { value } }, ...inlines(children), ...lists.map(list));
        item.dataset.open = open;
        element.append(item);
    }
    return element;
}

const inlines = (nodes) => nodes.map(inline);

function inline(node) {
    if (typeof node === "string") return node;
    const { type, mark, children, text } = node;
    switch (type) {
        case "code": return marked(h("code", { dir: "auto" }, text), mark, [...mark].reverse().join(""));
        case "mention": return h("strong", { className: `mention${node.isSelf ? " self" : ""}` }, text);
        case "link": return link(node);
        case "strong-em": return marked(h("strong", {}, h("em", {}, ...inlines(children))), mark, mark);
        default: return marked(h(TAGS[type], {}, ...inlines(children)), mark, mark);
    }
}

function link(node) {
    const element = linkElement(node);
    if (!node.host) return element;
    // style/text.css shows the host, because the text does not.
    element.dataset.host = node.host;
    element.dir = "auto";
    return marked(element, node.open, node.close);
}

function marked(element, open, close) {
    Object.assign(element.dataset, { open, close });
    return element;
}
