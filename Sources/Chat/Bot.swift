// Bots: users that are programs. An administrator makes and removes them.

/// What makes a user a bot.
package struct BotGrant: Equatable, Sendable {
    /// The only rooms that it may use, in the order of the command; empty: all.
    package var rooms: [String]

    package init(rooms: [String] = []) { self.rooms = rooms }

    func allows(_ room: String) -> Bool { rooms.isEmpty || rooms.contains(room) }
}

/// A bot as the ledger knows it.
package struct KnownBot: Equatable, Sendable {
    package var user: UserID
    package var grant: BotGrant

    package init(user: UserID, grant: BotGrant) {
        self.user = user
        self.grant = grant
    }
}

extension UserTable {
    /// What the user may do as a bot; nil for a person.
    func bot(_ user: UInt32) -> BotGrant? { bots[user] }

    /// - Returns: the bot that the token is of, and the position of its device.
    func bot(with token: TokenHash) -> (user: UInt32, position: UInt8)? {
        device(with: token).flatMap { bots[$0.user] == nil ? nil : $0 }
    }
}
