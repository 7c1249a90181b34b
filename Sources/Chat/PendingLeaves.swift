// Grace periods that have begun.

internal import Primitives

/// The end of a user's grace period.
struct PendingLeave: Hashable {
    let user: UserID
    /// The room to leave; nil for a user that was in no room, whose name may have to be released.
    let room: RoomID?
}

/// One entry for each user and room, however often the user comes and goes meanwhile. Where the grace period has begun again, the
/// caller adds it once more when the entry is due.
struct PendingLeaves {
    private var queue = TimerQueue<PendingLeave>()
    /// When each comes out of the queue next.
    private var dues: [PendingLeave: Int64] = [:]

    var isEmpty: Bool { queue.isEmpty }

    /// All, the earliest first.
    var sorted: [(key: PendingLeave, due: Int64)] { queue.sorted }

    /// - Parameter due: CLOCK_MONOTONIC in milliseconds. Nothing changes where the same comes out earlier.
    mutating func add(_ leave: PendingLeave, due: Int64) {
        if let earlier = dues[leave], earlier <= due { return }
        dues[leave] = due
        queue.add(leave, due: due)
    }

    /// Takes out the earliest that is due, or returns nil.
    mutating func popDue(at now: Int64) -> PendingLeave? {
        guard let leave = queue.popDue(at: now) else { return nil }
        dues[leave] = nil
        return leave
    }
}
