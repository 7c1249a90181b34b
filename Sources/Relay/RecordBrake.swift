// How many records of one kind are written: a peer that can provoke them must not fill the journal.

struct LogRateLimiter {
    /// The second, the records in it, and those held back since the last that was written.
    private var second = Int64.min
    private var written = 0
    private var held = 0
    /// When the last was held back, and that one.
    private var lastHeld: (at: Int64, record: Record)?

    /// - Parameter now: milliseconds of the monotonic clock.
    /// - Returns: nil where the record is held back; else how many were before it.
    mutating func pass(_ record: Record, at now: Int64) -> Int? {
        if second != now / 1000 { (second, written) = (now / 1000, 0) }
        guard written < Limits.recordsPerSecond else {
            held += 1
            lastHeld = (now, record)
            return nil
        }
        written += 1
        defer { (held, lastHeld) = (0, nil) }
        return held
    }

    /// What is to be said of those held back, where none has come for a while that says it.
    mutating func takeHeld(at now: Int64) -> Record? {
        guard let lastHeld, now - lastHeld.at >= Limits.heldMilliseconds else { return nil }
        defer { (held, self.lastHeld) = (0, nil) }
        return .heldBack(held, last: lastHeld.record)
    }
}
