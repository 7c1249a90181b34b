// Internet addresses and networks: parsed, written, compared. inet_pton(3), inet_ntop(3).

internal import Glibc

/// An IPv6 address in network order; IPv4 is mapped into IPv6 (RFC 4291 §2.5.5.2). 16 bytes, for there are many.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// “::”, the absence of an address (RFC 4291 §2.5.2).
    package static let unspecified = IPAddress(high: 0, low: 0)

    /// - Parameter text: "192.0.2.7" or "2001:db8::1"; nil for anything else.
    package init?(_ text: String) {
        guard let bytes = IPAddress.bytes(text) else { return nil }
        self.init(bytes: bytes)
    }

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

    package var isLoopback: Bool { isIPv4 ? low >> 24 == 0xff_ff7f : high == 0 && low == 1 }

    /// What the limits for each client count: the IPv4 address, or the /64 of an IPv6 address (RFC 6177: a site gets at least
    /// that, and chooses the rest by itself). Nil where one address stands for many clients: it is unspecified, or this machine's
    /// own, as that of a tunnel or of another proxy.
    package var clientPrefix: IPAddress? {
        if self == .unspecified || isLoopback { return nil }
        return isIPv4 ? self : IPAddress(high: high, low: 0)
    }

    /// In the usual spelling: "192.0.2.7", "2001:db8::1".
    package var description: String {
        let all = [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
        let bytes = isIPv4 ? Array(all.suffix(4)) : all
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(isIPv4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else {
            preconditionFailure("INET6_ADDRSTRLEN has room for every address")
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// - Parameter bytes: 4 or 16, in network order.
    fileprivate init(bytes: [UInt8]) {
        let mapped = bytes.count == 4 ? [UInt8](repeating: 0, count: 10) + [0xff, 0xff] + bytes : bytes
        high = mapped[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = mapped[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// 4 or 16 bytes in network order.
    fileprivate static func bytes(_ text: String) -> [UInt8]? {
        // A C string would end at a NUL.
        guard !text.utf8.contains(0) else { return nil }
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if unsafe inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }
}

/// An IPv4 or IPv6 network, in CIDR notation (RFC 4632); one address is a network of 128 bits.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// The first address.
    package let address: IPAddress
    /// Leading bits that count, of the 128 of the mapped address.
    package let bits: Int

    /// - Parameter bits: 0 to 128; the bits of the address behind them are cleared.
    package init(_ address: IPAddress, bits: Int = 128) {
        self.address = IPNetwork.masked(address, bits)
        self.bits = bits
    }

    /// Why a text is no network: one sentence that says what to write.
    package struct SyntaxError: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameter text: "192.0.2.7", "192.0.2.0/24", "2001:db8::1", "2001:db8::/32".
    package init(_ text: String) throws(SyntaxError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let bytes = IPAddress.bytes(parts[0]) else {
            throw SyntaxError(
                description:
                    "\(text.prefix(64)) is no address: write it as 192.0.2.7, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32."
            )
        }
        let most = bytes.count * 8
        var bits = 128
        if parts.count == 2 {
            guard let length = Int(parts[1]), (0...most).contains(length), String(length) == parts[1] else {
                throw SyntaxError(description: "The length of \(text.prefix(64)) must be 0 to \(most).")
            }
            bits = 128 - most + length
        }
        self.init(IPAddress(bytes: bytes), bits: bits)
    }

    package func contains(_ other: IPAddress) -> Bool {
        other != .unspecified && IPNetwork.masked(other, bits) == address
    }

    /// As the administrator writes it: "192.0.2.7", "192.0.2.0/24", "2001:db8::/32".
    package var description: String {
        guard bits < 128 else { return address.description }
        // An IPv4 network is written as one, however it came.
        return "\(address)/\(address.isIPv4 && bits >= 96 ? bits - 96 : bits)"
    }

    /// A shift by 64 bits or more gives 0.
    private static func masked(_ address: IPAddress, _ bits: Int) -> IPAddress {
        IPAddress(
            high: address.high & UInt64.max << (64 - min(bits, 64)),
            low: address.low & UInt64.max << (128 - max(bits, 64)))
    }
}
