// The style of <chat-relay>. A style sheet that a script constructs needs no exception in a Content-Security-Policy. Each text has a
// contrast of at least 4.5 : 1 in both schemes, as style/tokens.css has it.

const CSS_TEXT = `
:host {
  color-scheme: light dark;
  --background: var(--chat-relay-background, light-dark(#ffffff, #1c211f));
  --text: var(--chat-relay-text, light-dark(#1a1f1d, #e3e8e5));
  --muted: var(--chat-relay-muted, light-dark(#58635e, #9daaa3));
  --accent: var(--chat-relay-accent, light-dark(#0b6b57, #74d3b4));
  --on-accent: var(--chat-relay-on-accent, light-dark(#ffffff, #06241b));
  --border: var(--chat-relay-border, light-dark(#7f8b85, #6d7a73));
  --own: var(--chat-relay-own, light-dark(#f3f8f5, #1d2825));
  --divider: color-mix(in srgb, var(--border) 35%, transparent);
  --error: light-dark(#a2271a, #ff9f91);
  --warning: light-dark(#fdf0d2, #3a2d12);
  --warning-text: light-dark(#533800, #f7dba0);
  --mention: light-dark(#c08a00, #d8a93a);
  --radius: var(--chat-relay-radius, 0.5em);
  display: block;
  box-sizing: border-box;
  block-size: 26em;
  max-inline-size: 100%;
  overflow: clip;
  border: 1px solid var(--border);
  border-radius: var(--radius);
  background: var(--background);
  color: var(--text);
  font-style: normal;
  font-weight: 400;
  line-height: 1.45;
  letter-spacing: normal;
  text-align: start;
  text-indent: 0;
  text-transform: none;
  white-space: normal;
}
:host([hidden]) { display: none; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
p, ul, ol, pre, blockquote { margin: 0; padding: 0; }
ul { list-style: none; }
button, input, textarea { font: inherit; color: inherit; }
button { min-block-size: 2.25em; padding: 0.2em 0.8em; border: 1px solid var(--border); border-radius: var(--radius); background: var(--background); cursor: pointer; }
button:hover { border-color: var(--accent); }
button:disabled, textarea:disabled { border-color: var(--divider); color: var(--muted); cursor: default; }
button.primary:not(:disabled) { border-color: var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 600; }
button.link, button.earlier { min-block-size: 24px; padding: 0 0.1em; border: 0; background: none; color: var(--accent); text-decoration: underline; text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.log:focus-visible { outline-offset: -3px; }
a { color: var(--accent); text-underline-offset: 0.15em; }

.room { display: flex; flex-direction: column; block-size: 100%; }
.room > * { flex: none; }
header { display: flex; align-items: baseline; gap: 0.75em; padding: 0.45em 0.75em; border-block-end: 1px solid var(--divider); }
.title { flex: 1; min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 650; }
.state { flex: none; color: var(--muted); font-size: 0.8125em; }
.dot { display: inline-block; inline-size: 0.6em; block-size: 0.6em; margin-inline-end: 0.4em; border-radius: 50%; border: 1px solid var(--border); }
.state[data-state="online"] .dot { border-color: transparent; background: light-dark(#1a8f55, #5fd38d); }
.state:is([data-state="offline"], [data-state="closed"]) .dot { border-color: transparent; background: var(--error); }
.notice { display: none; align-items: center; flex-wrap: wrap; gap: 0.3em 0.75em; padding: 0.4em 0.75em; background: var(--warning); color: var(--warning-text); font-size: 0.9375em; overflow-wrap: anywhere; }
.notice.shown { display: flex; }
.notice span { flex: 1 1 10em; }
.notice button { border-color: currentColor; background: none; }

.log-frame { position: relative; flex: 1 1 0; min-block-size: 0; display: flex; }
.log { position: relative; flex: 1; min-inline-size: 0; overflow-y: auto; overscroll-behavior: contain; overflow-anchor: none; padding-block: 0.4em; }
.earlier { display: block; margin-inline: auto; font-size: 0.875em; }
.newest { position: absolute; inset: auto 0 0.5em; inline-size: max-content; margin-inline: auto; border-color: var(--accent); border-radius: 2em; background: var(--accent); color: var(--on-accent); font-size: 0.875em; }
.note { color: var(--muted); font-size: 0.8125em; overflow-wrap: anywhere; }
.log > .note { padding: 0.3em 1em; text-align: center; }
.rows > li[data-day] { margin-block-start: 0; }
.rows > li[data-day]::before { content: attr(data-day); display: block; margin-block: 0.4em 0.2em; border-block-end: 1px solid var(--divider); color: var(--muted); font-size: 0.8125em; font-weight: 600; text-align: center; }
.message { padding: 0.1em 0.75em; border-inline-start: 3px solid transparent; }
.message:not(.grouped) { margin-block-start: 0.4em; }
.own { border-inline-start-color: var(--accent); background: var(--own); }
.mention { border-inline-start-color: var(--mention); }
.head { overflow-wrap: anywhere; line-height: 1.3; }
.user-name { color: light-dark(oklch(0.44 0.12 var(--hue)), oklch(0.82 0.09 var(--hue))); font-weight: 650; }
time { color: var(--muted); font-size: 0.75em; font-variant-numeric: tabular-nums; white-space: nowrap; }
.system { padding-block: 0.15em; padding-inline: calc(0.923em + 3px) 0.923em; color: var(--muted); font-size: 0.8125em; overflow-wrap: anywhere; }
.system time { font-size: 1em; }
.rows > .system[data-day]::before { font-size: 1em; }
.pending .text { color: var(--muted); }
.failed { border-inline-start-color: var(--error); }
.failed > .note { color: var(--error); }

.text { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; text-align: start; }
.text p { unicode-bidi: plaintext; text-align: start; }
.text :is(code, pre) { font: 0.9em/1.4 ui-monospace, "Cascadia Mono", "Noto Sans Mono", Menlo, Consolas, monospace; }
.text code { padding: 0.1em 0.3em; border-radius: 0.25em; background: color-mix(in srgb, currentColor 9%, transparent); }
.text pre { margin-block: 0.25em; padding: 0.4em 0.6em; border: 1px solid var(--divider); border-radius: var(--radius); white-space: pre-wrap; tab-size: 4; }
.text pre code { padding: 0; background: none; font-size: 1em; }
.text ul { list-style: disc; }
.text ol { list-style: decimal; }
.text li { margin-inline-start: 1.6em; }
.text blockquote, .quote { padding-inline-start: 0.6em; border-inline-start: 3px solid var(--border); }
.text a[data-host]::after { content: " (" attr(data-host) ")"; color: var(--muted); font-size: 0.875em; }
.large-emoji { font-size: 2em; line-height: 1.3; }

.composer { display: flex; flex-wrap: wrap; align-items: end; gap: 0.3em 0.5em; padding: 0.5em 0.75em 0.3em; border-block-start: 1px solid var(--divider); }
textarea, input { flex: 1; inline-size: 100%; min-inline-size: 0; padding: 0.35em 0.6em; border: 1px solid var(--border); border-radius: var(--radius); background: var(--background); }
textarea { min-block-size: 2.25em; max-block-size: 8em; resize: none; field-sizing: content; overflow-wrap: anywhere; }
::placeholder { color: var(--muted); opacity: 1; }
.composer .error { flex-basis: 100%; }
.error { color: var(--error); font-size: 0.875em; overflow-wrap: anywhere; }
.error:empty { display: none; }
p.error:only-child { padding: 0.75em; }
.identity-frame { padding: 0 0.75em 0.4em; }
.name-form { display: grid; gap: 0.3em; padding-block: 0.3em; font-size: 0.9375em; }
.fields { display: flex; flex-wrap: wrap; gap: 0.4em; }
.fields input { flex: 1 1 8em; }
.grouped .head, .visually-hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (forced-colors: active) {
  .message { border-inline-start-color: Canvas; }
  .own { border-inline-start-color: Highlight; }
  .dot { forced-color-adjust: none; }
}
@media (pointer: coarse) { button, textarea, input { min-block-size: 2.75em; } }
`;

let sheet;

/** @returns {CSSStyleSheet} one for all elements */
export function styles() {
    if (!sheet) {
        sheet = new CSSStyleSheet();
        sheet.replaceSync(CSS_TEXT);
    }
    return sheet;
}
