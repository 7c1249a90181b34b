// How long messages take: from the turn in which their bytes were read to the last write of the tick that delivered them.
//
// The ledger's outcomes come in the order in which its entries went in, so a queue of times is enough to match them. This costs
// one reading of the clock for each turn and tick, not for each message.

internal import DequeModule
internal import Linux

struct MessageLatency {
    private(set) var histogram = DurationHistogram()
    /// When the bytes of this turn were read, in nanoseconds of the monotonic clock.
    private var read: Int64 = 0
    /// The same for each entry in the ledger.
    private var queued: Deque<Int64> = []
    /// The same for the messages that this tick delivers.
    private var delivered: [Int64] = []

    /// A turn begins.
    mutating func beginTurn(at now: Int64) { read = now }

    /// The ledger has queued an entry.
    mutating func enqueue() { queued.append(read) }

    /// The next entry has come out of the ledger.
    /// - Parameter isDelivered: whether it is a message that this tick delivers.
    mutating func dequeue(isDelivered: Bool) {
        guard let read = queued.popFirst(), isDelivered else { return }
        delivered.append(read)
    }

    /// Everything of the tick is written.
    mutating func endTick(at now: @autoclosure () -> Int64) {
        guard !delivered.isEmpty else { return }
        let now = now()
        for read in delivered { histogram.count(nanoseconds: now - read) }
        delivered.removeAll(keepingCapacity: true)
    }
}
