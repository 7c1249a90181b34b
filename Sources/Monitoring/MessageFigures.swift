internal import Chat

/// How many messages were stored, since the start of the process.
package struct MessageFigures {
    /// To rooms and in private.
    package private(set) var all: UInt64 = 0
    package private(set) var privates: UInt64 = 0
    private var lastAll: UInt64 = 0
    private var lastTime: Int64 = 0

    package init() {}

    mutating func count(_ entry: Entry) {
        if entry.isMessage { all += 1 }
        if case .private = entry { privates += 1 }
    }

    /// Messages a second since the last call, as a text with two digits.
    /// - Parameter now: milliseconds of the monotonic clock.
    mutating func rate(at now: Int64) -> String {
        let tenths = Int((all - lastAll) * 10_000) / Int(max(now - lastTime, 1))
        (lastAll, lastTime) = (all, now)
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)"
    }
}
