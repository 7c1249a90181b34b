// What a chat begins with: all that the ledger knows of the time before.

/// The state that a ledger's entries add up to.
package struct Snapshot: Equatable, Sendable {
    /// Tells one ledger's numbers from another's: made once, when the ledger was.
    package var ledger: String
    /// The newest sequence number, 0 for none.
    package var seq: UInt64
    /// Everything up to this number was deleted or never was.
    package var floor: UInt64
    package var users: [KnownUser]
    /// The newest messages, private messages, announcements and withdrawals, in order: all above `recentAfter`, but for the
    /// messages that were withdrawn.
    package var recent: [Committed]
    package var recentAfter: UInt64
    /// The number of the newest announcement or withdrawal, 0 for none.
    package var noticed: UInt64
    package var sanctions: [Sanction]

    package init(
        ledger: String, seq: UInt64 = 0, floor: UInt64 = 0, users: [KnownUser] = [], recent: [Committed] = [],
        recentAfter: UInt64 = 0, noticed: UInt64 = 0, sanctions: [Sanction] = []
    ) {
        self.ledger = ledger
        self.seq = seq
        self.floor = floor
        self.users = users
        self.recent = recent
        self.recentAfter = recentAfter
        self.noticed = noticed
        self.sanctions = sanctions
    }
}

/// A user whose name is reserved.
package struct KnownUser: Equatable, Sendable {
    package var id: UserID
    package var name: String
    package var token: TokenHash?
    /// When it was last here, in milliseconds since 1970.
    package var seen: Int64
    /// The number of the newest private message from or to it, 0 for none.
    package var newestPrivate: UInt64

    package init(id: UserID, name: String, token: TokenHash?, seen: Int64, newestPrivate: UInt64) {
        self.id = id
        self.name = name
        self.token = token
        self.seen = seen
        self.newestPrivate = newestPrivate
    }
}
