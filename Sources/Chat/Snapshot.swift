// What a chat starts with.

/// The state that a ledger's entries add up to, and its newest events.
package struct Snapshot: Equatable, Sendable {
    /// The id of the ledger, made once with it: it tells one ledger's sequence numbers from another's.
    package var ledger: String
    /// The newest sequence number, 0 for none.
    package var seq: UInt64
    /// Entries with numbers up to this one are deleted, or never existed.
    package var retentionFloor: UInt64
    package var users: [KnownUser]
    /// In the order of their users' ids, those of a user in the order of their own.
    package var devices: [KnownDevice]
    /// The newest messages, private messages, announcements and deletions in order: all above `recentAfter` but deleted messages.
    package var recent: [Committed]
    package var recentAfter: UInt64
    /// The sequence number of the newest announcement or deletion, 0 for none.
    package var newestNotice: UInt64
    package var sanctions: [Sanction]
    /// The sequence number of the newest read position, 0 for none.
    package var newestRead: UInt64
    package var topics: [RoomTopic]
    package var bots: [KnownBot]

    package init(
        ledger: String, seq: UInt64 = 0, retentionFloor: UInt64 = 0, users: [KnownUser] = [],
        devices: [KnownDevice] = [], recent: [Committed] = [], recentAfter: UInt64 = 0, newestNotice: UInt64 = 0,
        sanctions: [Sanction] = [], newestRead: UInt64 = 0, topics: [RoomTopic] = [],
        bots: [KnownBot] = []
    ) {
        self.ledger = ledger
        self.seq = seq
        self.retentionFloor = retentionFloor
        self.users = users
        self.devices = devices
        self.recent = recent
        self.recentAfter = recentAfter
        self.newestNotice = newestNotice
        self.sanctions = sanctions
        self.newestRead = newestRead
        self.topics = topics
        self.bots = bots
    }
}

/// A user whose name is reserved.
package struct KnownUser: Equatable, Sendable {
    package var id: UserID
    package var name: String
    /// The hash of its recovery code; nil where it has none.
    package var recovery: TokenHash?
    /// When the user was last connected, in milliseconds since 1970.
    package var seen: Int64
    /// The sequence number of the newest private message from or to the user, 0 for none.
    package var newestPrivate: UInt64
    /// The oldest first.
    package var formerNames: [FormerName]
    /// Its status line. Empty: none.
    package var status: String
    /// That of its signed tokens; nil for other users.
    package var subject: String?

    package init(
        id: UserID, name: String, seen: Int64, newestPrivate: UInt64, formerNames: [FormerName] = [],
        recovery: TokenHash? = nil, status: String = "", subject: String? = nil
    ) {
        self.formerNames = formerNames
        self.status = status
        self.subject = subject
        self.id = id
        self.name = name
        self.recovery = recovery
        self.seen = seen
        self.newestPrivate = newestPrivate
    }
}

/// A name that a user gave up for another one.
package struct FormerName: Equatable, Sendable {
    package var name: String
    /// When the user gave it up, in milliseconds since 1970.
    package var since: Int64

    package init(name: String, since: Int64) {
        self.name = name
        self.since = since
    }
}
