// Pings and pongs that a peer may send: each costs work, and a ping an answer, and neither costs a command of the chat.

/// A token bucket, kept as one number: the moment when it will be full again.
struct FrameBudget {
    /// CLOCK_MONOTONIC in milliseconds; in the past for a full bucket.
    private var fullAt = Int64.min

    /// Takes one frame out of the bucket.
    /// - Parameter now: CLOCK_MONOTONIC in milliseconds.
    /// - Returns: whether it was in it.
    mutating func take(at now: Int64) -> Bool {
        let cost = 1_000 / Limits.controlFramesPerSecond
        fullAt = max(fullAt, now) + cost
        return fullAt <= now + cost * Limits.controlFrameBurst
    }
}
