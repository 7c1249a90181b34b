// One connection as the chat sees it. There are many idle ones, so a session is small: no dictionaries, and nothing that only
// some sessions need.

internal import Primitives

struct Session {
    enum Stage {
        /// The slot is not in use.
        case free
        case open
        /// The session's name is on its way to the ledger.
        case claiming
        /// The chat has closed the session. Its texts are ignored until it is disconnected.
        case closing
    }

    var stage = Stage.free
    /// The number of its history and search commands that the ledger has not answered.
    var reads: UInt8 = 0
    /// The position of its device among those of its user.
    var device: UInt8 = 0
    /// Whether its client has said that nobody is looking at it.
    var isAway = false
    var generation: UInt32 = 0
    /// The index of its user; nil until its `welcome`.
    var user: UInt32?
    var rateLimiter = CommandRateLimiter()
    var address = IPAddress.unspecified
    /// Its rooms, in the order of joining.
    var memberships: [Membership] = []

    /// - Returns: the index of the session's membership of a room.
    func membership(of room: RoomID) -> Int? { memberships.firstIndex { $0.room == room } }
}

/// A session in a room.
struct Membership {
    /// The raw values are part of the restart state.
    enum Progress: UInt8 {
        /// The session gets what it missed before it gets live events.
        case catchingUp
        /// The session waits for the room's newest messages.
        case awaitingHistory
        /// The session is subscribed to the room.
        case live
        /// As `awaitingHistory`. Messages may be missing between what the client has and what it gets.
        case awaitingHistoryAfterGap

        var awaitsHistory: Bool { self == .awaitingHistory || self == .awaitingHistoryAfterGap }
    }

    let room: RoomID
    var progress: Progress
    /// CLOCK_MONOTONIC in milliseconds: an earlier `typing` is not passed on.
    var typingFrom: Int64 = .min
}
