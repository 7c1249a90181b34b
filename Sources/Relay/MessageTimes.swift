// How long messages take: from the turn in which their bytes were read to the last write of the tick that told of them.
//
// The ledger's outcomes come in the order in which its entries went in, so a queue of times is enough to know them by.
// It costs a look at the clock for each turn and each tick, not for each message.

internal import DequeModule
internal import Linux

struct MessageTimes {
    private(set) var histogram = DurationHistogram()
    /// When what is read now came, in nanoseconds of the monotonic clock.
    private var read: Int64 = 0
    /// The same of each entry in the ledger.
    private var stored: Deque<Int64> = []
    /// The same of the messages that this tick tells of.
    private var told: [Int64] = []

    /// Whether no entry is in the ledger that has not come out of it.
    var isIdle: Bool { stored.isEmpty }

    /// A turn begins.
    mutating func begin(at now: Int64) { read = now }

    /// The ledger has taken an entry.
    mutating func enter() { stored.append(read) }

    /// The next entry has come out of the ledger.
    /// - Parameter isTold: whether it is a message that this tick tells of.
    mutating func leave(isTold: Bool) {
        guard let read = stored.popFirst(), isTold else { return }
        told.append(read)
    }

    /// All of the tick is written.
    mutating func finish(at now: @autoclosure () -> Int64) {
        guard !told.isEmpty else { return }
        let now = now()
        for read in told { histogram.count(nanoseconds: now - read) }
        told.removeAll(keepingCapacity: true)
    }
}
