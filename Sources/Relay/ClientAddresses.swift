// Where the WebSockets come from, by the proxy's word (X-Real-IP), and how many come from each place.

internal import Primitives

/// How many connections each has.
struct ClientAddresses {
    private var counts: [IPAddress: UInt32] = [:]

    func count(_ address: String?) -> Int { client(address).flatMap { counts[$0] }.map(Int.init) ?? 0 }

    mutating func add(_ address: String?) {
        if let client = client(address) { counts[client, default: 0] += 1 }
    }

    mutating func remove(_ address: String?) {
        guard let client = client(address), let count = counts[client] else { return }
        counts[client] = count > 1 ? count - 1 : nil
    }

    private func client(_ address: String?) -> IPAddress? { address.flatMap { IPAddress($0) }?.clientPrefix }
}
