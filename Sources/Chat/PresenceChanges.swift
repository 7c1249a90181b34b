// Users whose presence has changed since their rooms were told. However often a user changes, its rooms are told once in a while.

internal import Primitives

struct PresenceChanges {
    private struct Change {
        var isPending = true
        /// Whether the rooms are told even where the user is as away as before: there is a new status, or a session was answered
        /// something else in the meantime.
        var isCertain: Bool
    }

    private var changes: [UserID: Change] = [:]
    /// One entry for each of `changes`: when the user's rooms may be told, or were told long enough ago.
    private var queue = TimerQueue<UserID>()

    /// Those that are not told yet.
    var pending: [(user: UserID, isCertain: Bool)] {
        queue.sorted.compactMap { user, _ in
            changes[user].flatMap { $0.isPending ? (user, $0.isCertain) : nil }
        }
    }

    /// The user may be away now, or back, or has another status.
    mutating func note(_ user: UserID, isCertain: Bool = false) {
        guard let known = changes[user] else {
            changes[user] = Change(isCertain: isCertain)
            return queue.add(user, due: .min)
        }
        changes[user] = Change(isCertain: known.isCertain || isCertain)
    }

    /// Takes out the next user whose rooms may be told.
    /// - Parameter now: CLOCK_MONOTONIC in milliseconds.
    mutating func popDue(at now: Int64) -> (user: UserID, isCertain: Bool)? {
        while let user = queue.popDue(at: now) {
            guard let change = changes[user], change.isPending else {
                changes[user] = nil
                continue
            }
            changes[user] = Change(isPending: false, isCertain: false)
            queue.add(user, due: now + ChatLimits.presenceInterval)
            return (user, change.isCertain)
        }
        return nil
    }
}
