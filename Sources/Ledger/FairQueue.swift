// A queue in which users take turns: one user's many elements delay another user's by one turn each.

internal import Chat

struct FairQueue<Element> {
    /// The waiting elements of each user, the oldest first. Nil stands for the chat itself.
    private var waiting: [UserID?: [Element]] = [:]
    /// The users with waiting elements, in the order of their turns.
    private var turns: [UserID?] = []
    private(set) var count = 0

    mutating func append(_ element: Element, of user: UserID?) {
        if waiting[user] == nil { turns.append(user) }
        waiting[user, default: []].append(element)
        count += 1
    }

    /// - Returns: the oldest element of the user whose turn it is; nil where nothing waits.
    mutating func removeFirst() -> Element? {
        guard !turns.isEmpty else { return nil }
        let user = turns.removeFirst()
        guard let element = waiting[user]?.removeFirst() else { return nil }
        count -= 1
        if waiting[user]?.isEmpty == true { waiting[user] = nil } else { turns.append(user) }
        return element
    }
}
