// One connection as the chat sees it. Idle ones are many, so it is small: no dictionaries, and nothing that isn't needed.

internal import Primitives

struct Session {
    enum Stage {
        /// Nobody uses the slot.
        case free
        case open
        /// Its name is on its way through the ledger.
        case claiming
        /// It was told to close: it stays in its rooms until it is disconnected, but nothing it says counts any more.
        case closing
    }

    var stage = Stage.free
    /// Questions of its own that the ledger has not answered.
    var reads: UInt8 = 0
    var generation: UInt32 = 0
    /// The place of its user; nothing until its `welcome`.
    var user: UInt32?
    var rateLimiter = CommandRateLimiter()
    var address = IPAddress.unspecified
    /// The rooms that it is in, in the order in which it joined them.
    var memberships: [Membership] = []

    func membership(of room: RoomID) -> Int? { memberships.firstIndex { $0.room == room } }
}

/// A session in a room.
struct Membership {
    enum Stage: UInt8 {
        /// It gets what it missed first.
        case catchingUp
        /// The room's newest messages are being read from the ledger.
        case waiting
        /// It hears the room.
        case live
    }

    let room: RoomID
    var stage: Stage
    /// CLOCK_MONOTONIC in milliseconds; before it, `typing` is not passed on again.
    var typingFrom: Int64 = .min
}
