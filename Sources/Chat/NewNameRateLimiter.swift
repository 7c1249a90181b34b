// The rate limit of new names for each client address: a name stays reserved for weeks, and takes memory.

internal import Primitives

/// One token bucket for each client prefix (`IPAddress.clientPrefix`).
struct NewNameRateLimiter {
    /// On CLOCK_MONOTONIC in milliseconds.
    private var buckets: [IPAddress: TokenBucket] = [:]

    /// Takes a name out of the address's bucket.
    /// - Parameter now: CLOCK_MONOTONIC in milliseconds.
    /// - Returns: whether the address may take a new name; always true for an address without a client prefix.
    mutating func take(_ address: IPAddress, at now: Int64) -> Bool {
        guard let client = address.clientPrefix else { return true }
        return buckets[client, default: TokenBucket()].take(
            interval: ChatLimits.newNameInterval, burst: ChatLimits.newNames, at: now) == 0
    }

    /// Removes full buckets.
    mutating func removeFull(at now: Int64) {
        if buckets.contains(where: { $0.value.fullAt <= now }) { buckets = buckets.filter { $0.value.fullAt > now } }
    }

    var count: Int { buckets.count }
}
