// A rate limit for each client address: of new names, which stay reserved for weeks and take memory, and of codes, which could be guessed.

internal import Primitives

/// One token bucket for each client prefix (`IPAddress.clientPrefix`).
struct AddressRateLimiter {
    /// Milliseconds until there is one more.
    let interval: Int64
    /// How many there are at once.
    let burst: Int64
    /// On CLOCK_MONOTONIC in milliseconds.
    private var buckets: [IPAddress: TokenBucket] = [:]

    init(interval: Int64, burst: Int64) {
        self.interval = interval
        self.burst = burst
    }

    /// Takes one out of the address's bucket.
    /// - Parameter now: CLOCK_MONOTONIC in milliseconds.
    /// - Returns: whether there was one; always true for an address without a client prefix.
    mutating func take(_ address: IPAddress, at now: Int64) -> Bool {
        guard let client = address.clientPrefix else { return true }
        return buckets[client, default: TokenBucket()].take(interval: interval, burst: burst, at: now) == 0
    }

    /// Removes full buckets.
    mutating func removeFull(at now: Int64) {
        if buckets.contains(where: { $0.value.fullAt <= now }) { buckets = buckets.filter { $0.value.fullAt > now } }
    }

    var count: Int { buckets.count }
}
