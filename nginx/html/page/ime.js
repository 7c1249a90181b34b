// Input methods. A key that composes a character, or ends its composition, is no command: not in the message box, the search, a
// dialog or the list of suggestions.

/** 229: Safari ends the composition before it reports the key press that ended it. */
const isOfComposition = ({ isComposing, keyCode }) => isComposing || keyCode === 229;

/** Call it first: the other listeners then get no such key. The input method gets it. */
export function hideComposition() {
    addEventListener("keydown", (event) => { if (isOfComposition(event)) event.stopImmediatePropagation(); }, { capture: true });
}
