// Where clients come from, as far as limits go.

/// What one client has for itself: an IPv4 address, or the /64 of an IPv6 address (RFC 6177: a site gets at least that, and
/// chooses the rest by itself).
package struct ClientAddress: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// - Returns: nil for what is no one address.
    package init?(_ network: Network) {
        guard network.bits == 128 else { return nil }
        self.init(Address(network))
    }

    /// - Returns: nil for one that is not known, and for this machine's own: a tunnel or another proxy on it stands for many.
    init?(_ address: Address) {
        let isIPv4 = address.high == 0 && address.low >> 32 == 0xffff
        let isOwn = isIPv4 ? address.low >> 24 == 0xff_ff7f : address.high == 0 && address.low <= 1
        guard !isOwn else { return nil }
        high = address.high
        low = isIPv4 ? address.low : 0
    }
}

/// New names that each client address may take: a name stays reserved for weeks, and takes memory. Token buckets, each kept as
/// the moment when it will be full again.
struct NameBudgets {
    /// CLOCK_MONOTONIC in milliseconds.
    private var fullAt: [ClientAddress: Int64] = [:]

    /// Takes a name out of the address's bucket.
    /// - Returns: whether there was one.
    mutating func take(_ address: Address, at now: Int64) -> Bool {
        guard let client = ClientAddress(address) else { return true }
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
