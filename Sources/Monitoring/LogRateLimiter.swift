// Limits the records of one kind: a peer that can cause them must not fill the journal.

internal import Primitives

struct LogRateLimiter {
    private var bucket = TokenBucket()
    private var suppressed = 0
    /// The last suppressed record, and when.
    private var last: (at: Int64, record: JournalRecord)?

    /// - Parameter now: milliseconds of the monotonic clock.
    /// - Returns: nil where the record is suppressed; else how many were suppressed before it.
    mutating func pass(_ record: JournalRecord, at now: Int64) -> Int? {
        let wait = bucket.take(
            interval: 1_000 / MonitoringLimits.recordsPerSecond, burst: MonitoringLimits.recordBurst, at: now)
        guard wait == 0 else {
            suppressed += 1
            last = (now, record)
            return nil
        }
        defer { (suppressed, last) = (0, nil) }
        return suppressed
    }

    /// The record that tells of suppressed ones, where none of their kind has been written for a while.
    mutating func takeSuppressed(at now: Int64) -> JournalRecord? {
        guard let last, now - last.at >= MonitoringLimits.suppressedMilliseconds else { return nil }
        defer { (suppressed, self.last) = (0, nil) }
        return .suppressed(suppressed, last: last.record)
    }
}
