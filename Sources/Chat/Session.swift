// One connection as the chat sees it. Idle ones are many, so it is small: no dictionaries, and nothing that isn't needed.

struct Session {
    enum Stage {
        /// Nobody uses the slot.
        case free
        case open
        /// It was told to close: it stays in its rooms until it is disconnected, but nothing it says counts any more.
        case closing
    }

    var stage = Stage.free
    var generation: UInt32 = 0
    /// Nothing until its `hello`.
    var name: UserName?
    var budget = Budget()
    /// The rooms that it is in, in the order in which it joined them.
    var memberships: [Membership] = []

    func membership(of room: RoomID) -> Int? { memberships.firstIndex { $0.room == room } }
}

/// A session in a room.
struct Membership {
    let room: RoomID
    /// CLOCK_MONOTONIC in milliseconds; before it, `typing` is not passed on again.
    var typingFrom: Int64 = .min
}
