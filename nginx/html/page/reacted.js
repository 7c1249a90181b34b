// What the reactions to a message are after an event. Pure.

/** The reactions after one was added or taken back. @param {{emoji: string, users: number[]}[]} reactions */
export function reacted(reactions, { emoji, user, on }) {
    const others = (users) => users.filter((each) => each !== user);
    const has = reactions.some((each) => each.emoji === emoji);
    const all = has || !on ? reactions : [...reactions, { emoji, users: [] }];
    return all.map((each) => each.emoji !== emoji ? each
        // Who has reacted already keeps the place.
        : { emoji, users: on && each.users.includes(user) ? each.users : [...others(each.users), ...on ? [user] : []] })
        .filter(({ users }) => users.length > 0);
}
