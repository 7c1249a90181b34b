// Rate limits. https://en.wikipedia.org/wiki/Token_bucket, in the form of the generic cell rate algorithm (ITU-T I.371): the
// bucket's level is kept as the time at which the bucket will be full again.

/// A token bucket. Rate and size are the caller's, so that a bucket takes 8 bytes and a reload applies at once.
package struct TokenBucket: Equatable, Sendable {
    /// In the past for a full bucket.
    package var fullAt: Int64

    @inlinable package init(fullAt: Int64 = .min) { self.fullAt = fullAt }

    /// Takes one token, if there is one.
    /// - Parameters:
    ///   - interval: time in which one token is refilled.
    ///   - burst: tokens in a full bucket.
    ///   - now: the time, in the unit of `interval`.
    /// - Returns: 0 where a token was taken, else how long it takes until there is one.
    @inlinable package mutating func take(interval: Int64, burst: Int64, at now: Int64) -> Int64 {
        let next = max(fullAt, now) + interval
        let excess = next - (now + interval * burst)
        guard excess > 0 else {
            fullAt = next
            return 0
        }
        return excess
    }
}
