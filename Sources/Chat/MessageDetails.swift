// What a message can have besides its text.

/// Most messages have none of these.
package struct MessageDetails: Equatable, Sendable {
    /// The sequence number of the message that this one replies to.
    package var reply: UInt64?
    /// The users that the text names with an `@`, in the order of the text.
    package var mentions: [UserID] = []
    /// Whether the text addresses everybody who is in the room (`@here`).
    package var mentionsAll = false
    /// Whether its sender is a bot.
    package var isBot = false
    /// When the text was last edited, in milliseconds since 1970.
    package var edited: Int64?
    /// In the order in which each emoji was first used. Only in pages of history and in search results: in a catch-up and in the replay
    /// buffer the reactions follow as events.
    package var reactions: [Reaction] = []

    package init(
        reply: UInt64? = nil, mentions: [UserID] = [], mentionsAll: Bool = false, isBot: Bool = false,
        edited: Int64? = nil, reactions: [Reaction] = []
    ) {
        self.reply = reply
        self.mentions = mentions
        self.mentionsAll = mentionsAll
        self.isBot = isBot
        self.edited = edited
        self.reactions = reactions
    }
}

/// One emoji on a message.
package struct Reaction: Equatable, Sendable {
    package let emoji: String
    /// In the order in which they reacted; never empty.
    package var users: [UserID]

    package init(emoji: String, users: [UserID]) {
        self.emoji = emoji
        self.users = users
    }
}

extension [Reaction] {
    /// About how long they are as JSON, and in memory.
    package var jsonBytes: Int { reduce(0) { $0 + ChatLimits.reactionOverhead + 8 * $1.users.count } }

    /// Whether the user has reacted with the emoji.
    func has(_ emoji: String, of user: UserID) -> Bool { contains { $0.emoji == emoji && $0.users.contains(user) } }

    /// Adds or removes a user's reaction. To do it twice is as to do it once.
    package mutating func set(_ emoji: String, of user: UserID, to isOn: Bool) {
        let index = firstIndex { $0.emoji == emoji }
        switch (isOn, index) {
        case (true, let index?): if !self[index].users.contains(user) { self[index].users.append(user) }
        case (true, nil): append(Reaction(emoji: emoji, users: [user]))
        case (false, let index?):
            self[index].users.removeAll { $0 == user }
            if self[index].users.isEmpty { remove(at: index) }
        case (false, nil): break
        }
    }
}
