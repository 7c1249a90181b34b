// A user: the owner of a token, or of a name that the proxy authenticates. Every user with a reserved name is in memory, connected
// or not, so a user is small.

struct User {
    let id: UserID
    var name: UserName
    /// That of its first device; nil where the proxy authenticates the name, and where the device is signed out.
    var token: TokenHash?
    /// Whether the user is away, as its rooms were told last.
    var isAway = false
    /// The label of its first device, as `DeviceLabels` has it.
    var label: UInt16 = 0
    /// When its first device was made, in seconds since 1970.
    var created: UInt32 = 0
    /// When the user was last connected, in milliseconds since 1970, as the ledger has stored it or will store it.
    var seen: Int64
    /// The sequence number of the newest private message from or to the user, 0 for none.
    var newestPrivate: UInt64 = 0
    /// The slots of its sessions.
    var sessions: [UInt32] = []
    /// The rooms that it is in.
    var presences: [Presence] = []
    /// When its last session ended, in seconds since 1970; 0 where it has not ended since the start, or before.
    var leftAt: UInt32 = 0
    /// Whether the name stays reserved while the user is away: its client has certainly received the token, or the proxy
    /// authenticates the name.
    var isConfirmed = false
    /// Whether a rename is on its way to the ledger.
    var isBeingRenamed = false
    /// Whether the release of the name is on its way to the ledger.
    var isBeingReleased = false

    /// - Returns: the index of the user's presence in a room.
    func presence(in room: RoomID) -> Int? { presences.firstIndex { $0.room == room } }
}

/// A user in a room.
struct Presence {
    let room: RoomID
    /// The number of the user's sessions in the room; 0 during the grace period.
    var sessions: Int
    /// CLOCK_MONOTONIC in milliseconds: the end of the grace period; nil while a session is in the room.
    var leavesAt: Int64?
}
