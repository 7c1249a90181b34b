// Where the WebSockets come from, by the proxy's word (X-Real-IP), and how many come from each place.

internal import Chat

/// What one client has for itself: an IPv4 address, or the /64 of an IPv6 address (RFC 6177: a site gets at least that, and
/// chooses the rest by itself).
struct ClientAddress: Hashable {
    private let high: UInt64
    private let low: UInt64

    /// - Parameter text: as the proxy has it.
    /// - Returns: nil for what is no address, and for this machine's own: a tunnel or another proxy on it stands for many.
    init?(_ text: String) {
        guard let network = try? Network(text), network.bits == 128 else { return nil }
        let isIPv4 = network.high == 0 && network.low >> 32 == 0xffff
        let isOwn = isIPv4 ? network.low >> 24 == 0xff_ff7f : network.high == 0 && network.low == 1
        guard !isOwn else { return nil }
        high = network.high
        low = isIPv4 ? network.low : 0
    }
}

/// How many connections each has.
struct ClientAddresses {
    private var counts: [ClientAddress: UInt32] = [:]

    func count(_ address: String?) -> Int {
        address.flatMap(ClientAddress.init).flatMap { counts[$0] }.map(Int.init) ?? 0
    }

    mutating func add(_ address: String?) {
        if let client = address.flatMap(ClientAddress.init) { counts[client, default: 0] += 1 }
    }

    mutating func remove(_ address: String?) {
        guard let client = address.flatMap(ClientAddress.init), let count = counts[client] else { return }
        counts[client] = count > 1 ? count - 1 : nil
    }
}
