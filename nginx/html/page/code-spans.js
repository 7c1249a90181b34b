// Where a text is code: from a run of backticks to the next run of the same length. A run of one or two ends on its own line, or
// is no code. The server has the same rule for mentions (Sources/Chat/Mentions.swift). Pure.

/** A longer run of backticks may enclose several lines. */
const FENCE = 3;

/** @returns {{start: number, end: number, ticks: number}[]} the code with its backticks, in order. Takes linear time. */
export function codeSpans(text) {
    if (!text.includes("`")) return [];
    const tokens = Array.from(text.matchAll(/`+|\n/g), ({ 0: found, index }) => ({ start: index, ticks: found === "\n" ? 0 : found.length }));
    /** For each length of a run, the next token that has it. */
    const next = new Map();
    for (let i = tokens.length - 1; i >= 0; i--) {
        const { ticks } = tokens[i];
        if (ticks === 0) for (let length = 1; length < FENCE; length++) next.delete(length);
        tokens[i].partner = next.get(ticks);
        if (ticks > 0) next.set(ticks, i);
    }
    const spans = [];
    for (let i = 0; i < tokens.length; i++) {
        const { start, ticks, partner } = tokens[i];
        if (ticks === 0 || partner === undefined) continue;
        spans.push({ start, end: tokens[partner].start + ticks, ticks });
        i = partner;
    }
    return spans;
}
