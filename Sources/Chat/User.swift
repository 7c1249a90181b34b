// A person as the chat knows it: who has the token, or whom the proxy vouches for; here or away. All that is reserved are
// kept in memory, so it is small.

struct User {
    let id: UserID
    var name: UserName
    /// Nothing where a proxy vouches for the name.
    let token: TokenHash?
    /// When it was last here, in milliseconds since 1970, as the ledger has it or will have it.
    var seen: Int64
    /// The number of the newest private message from or to it, 0 for none.
    var newestPrivate: UInt64 = 0
    /// The slots of its sessions.
    var sessions: [UInt32] = []
    /// The rooms that it is in.
    var presences: [Presence] = []
    /// Whether it has ever shown that it got its token: only then is its name reserved while it is away.
    var isProven = false
    /// Whether a rename, or its release, is on its way through the ledger.
    var isRenaming = false
    var isLeaving = false

    func presence(in room: RoomID) -> Int? { presences.firstIndex { $0.room == room } }
}

/// A user in a room.
struct Presence {
    let room: RoomID
    /// Its sessions there; none while it may come back.
    var sessions: Int
    /// CLOCK_MONOTONIC in milliseconds: when it leaves, unless it comes back before.
    var leavesAt: Int64?
}
