// New names are limited for each client address.

internal import Primitives

/// New names that each client address may take: a name stays reserved for weeks, and takes memory. Token buckets, each kept as
/// the moment when it will be full again.
struct NameBudgets {
    /// CLOCK_MONOTONIC in milliseconds.
    private var fullAt: [IPAddress: Int64] = [:]

    /// Takes a name out of the address's bucket.
    /// - Returns: whether there was one.
    mutating func take(_ address: IPAddress, at now: Int64) -> Bool {
        guard let client = address.clientPrefix else { return true }
        let full = max(fullAt[client] ?? now, now) + ChatLimits.newNameInterval
        guard full <= now + ChatLimits.newNameInterval * ChatLimits.newNames else { return false }
        fullAt[client] = full
        return true
    }

    /// Forgets those that are full, so that only those of the last minutes are kept.
    mutating func forget(at now: Int64) {
        if fullAt.contains(where: { $0.value <= now }) { fullAt = fullAt.filter { $0.value > now } }
    }

    var count: Int { fullAt.count }
}
