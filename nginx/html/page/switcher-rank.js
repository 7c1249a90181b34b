// Finds names by what the user has typed: beginnings of names first, then of words, then any part, then letters in their order.

/** Compares without case and accents. */
export const nameKey = (name) => name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** 0 is the best; undefined if the name does not match. */
function distance(name, text) {
    const at = name.indexOf(text);
    if (at === 0) return name === text ? 0 : 1;
    if (at > 0) return /[\s_.-]/u.test(name[at - 1]) ? 2 : 3;
    let from = 0;
    for (const character of text) {
        from = name.indexOf(character, from) + 1;
        if (from === 0) return undefined;
    }
    return 4;
}

/** The entries whose `name` or `id` (the name of a room that has a title) matches, the best first. Those that match equally well keep their order. */
export function rank(entries, text) {
    const key = nameKey(text).replace(/^[#@]/, "");
    if (!key) return entries;
    return entries.map((entry) => ({ entry, distance: Math.min(...[entry.name, entry.id ?? entry.name].map((name) => distance(nameKey(name), key) ?? Infinity)) }))
        .filter((each) => each.distance < Infinity)
        .sort((a, b) => a.distance - b.distance)
        .map(({ entry }) => entry);
}
