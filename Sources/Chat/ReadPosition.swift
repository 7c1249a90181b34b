// How far a user has read, in each room and private conversation: the same on all its devices.

/// A user has read everything of a place up to a message. Positions only grow.
package struct ReadPosition: Equatable, Sendable {
    package enum Place: Hashable, Sendable {
        case room(String)
        case with(UserID)
    }

    package var user: UserID
    package var place: Place
    /// The sequence number of the newest message that the user has read.
    package var upTo: UInt64

    package init(user: UserID, place: Place, upTo: UInt64) {
        self.user = user
        self.place = place
        self.upTo = upTo
    }
}

/// Read positions in memory: those on their way to the ledger, and the newest ones for clients that come back soon.
struct ReadPositions {
    private struct Key: Hashable {
        let user: UserID
        let place: ReadPosition.Place
    }

    /// A client may send many in a second; the ledger gets the newest one.
    private var pending: [Key: UInt64] = [:]
    /// Their order of arrival.
    private var order: [Key] = []
    /// By user, since `after`, with the sequence numbers of their entries.
    private var recent: [UserID: [ReadPosition.Place: (upTo: UInt64, seq: UInt64)]] = [:]
    private var recentCount = 0
    /// `recent` has every position that was stored with a higher sequence number.
    private(set) var after: UInt64

    init(after: UInt64) { self.after = after }

    mutating func add(_ position: ReadPosition) {
        let key = Key(user: position.user, place: position.place)
        if pending[key] == nil { order.append(key) }
        pending[key] = max(pending[key] ?? 0, position.upTo)
    }

    mutating func takePending() -> [ReadPosition] {
        guard !order.isEmpty else { return [] }
        defer { (pending, order) = ([:], []) }
        return order.map { ReadPosition(user: $0.user, place: $0.place, upTo: pending[$0] ?? 0) }
    }

    /// The ledger has stored a position.
    mutating func note(_ position: ReadPosition, seq: UInt64) {
        if recent[position.user]?[position.place] == nil { recentCount += 1 }
        recent[position.user, default: [:]][position.place] = (position.upTo, seq)
        guard recentCount > ChatLimits.recentPositions else { return }
        (recent, recentCount, after) = ([:], 0, seq)
    }

    /// - Returns: the user's positions that were stored after an entry; nil where only the ledger has them all.
    func positions(of user: UserID, after seq: UInt64) -> [ReadPosition]? {
        guard seq >= after else { return nil }
        return (recent[user] ?? [:]).filter { $0.value.seq > seq }.sorted { $0.value.seq < $1.value.seq }
            .map { ReadPosition(user: user, place: $0.key, upTo: $0.value.upTo) }
    }
}
