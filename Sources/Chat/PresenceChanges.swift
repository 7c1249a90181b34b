// Users whose presence has changed since their rooms were told. However often a user changes, its rooms are told once in a while.

internal import Primitives

struct PresenceChanges {
    private struct Change {
        var isPending = true
        var hasNewStatus: Bool
    }

    private var changes: [UserID: Change] = [:]
    /// One entry for each of `changes`: when the user's rooms may be told, or were told long enough ago.
    private var queue = TimerQueue<UserID>()

    /// Those that are not told yet.
    var pending: [(user: UserID, hasNewStatus: Bool)] {
        queue.sorted.compactMap { user, _ in
            changes[user].flatMap { $0.isPending ? (user, $0.hasNewStatus) : nil }
        }
    }

    /// The user may be away now, or back, or has another status.
    mutating func note(_ user: UserID, hasNewStatus: Bool = false) {
        guard let known = changes[user] else {
            changes[user] = Change(hasNewStatus: hasNewStatus)
            return queue.add(user, due: .min)
        }
        changes[user] = Change(hasNewStatus: known.hasNewStatus || hasNewStatus)
    }

    /// Takes out the next user whose rooms may be told.
    /// - Parameter now: CLOCK_MONOTONIC in milliseconds.
    mutating func popDue(at now: Int64) -> (user: UserID, hasNewStatus: Bool)? {
        while let user = queue.popDue(at: now) {
            guard let change = changes[user], change.isPending else {
                changes[user] = nil
                continue
            }
            changes[user] = Change(isPending: false, hasNewStatus: false)
            queue.add(user, due: now + ChatLimits.presenceInterval)
            return (user, change.hasNewStatus)
        }
        return nil
    }
}
