// Addresses and networks as people write them. inet_pton(3), inet_ntop(3)

internal import Glibc

/// An IPv4 or IPv6 network; one address is a network of all its bits.
package struct InternetNetwork: Equatable, Sendable {
    /// The first address, in network order; IPv4 is mapped into IPv6 (RFC 4291 §2.5.5.2).
    package let high: UInt64
    package let low: UInt64
    /// Leading bits that count, of 128.
    package let bits: Int
    /// In its usual spelling: "192.0.2.7", "2001:db8::/32".
    package let text: String

    /// Why a text is no network: one sentence that says what to write.
    package struct Flaw: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameter text: "192.0.2.7", "192.0.2.0/24", "2001:db8::1", "2001:db8::/32".
    package init(_ text: String) throws(Flaw) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let bytes = InternetNetwork.bytes(parts[0]) else {
            let flaw =
                "\(text.prefix(64)) is no address: write it as 192.0.2.7, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32."
            throw Flaw(description: flaw)
        }
        let (mapped, isMapped) = InternetNetwork.mapped(bytes)
        let most = bytes.count * 8
        var bits = 128
        if parts.count == 2 {
            guard let length = Int(parts[1]), (0...most).contains(length), String(length) == parts[1] else {
                throw Flaw(description: "The length of \(text.prefix(64)) must be 0 to \(most).")
            }
            bits = 128 - most + length
        }
        let high = mapped[0..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let low = mapped[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        self.high = high & UInt64.max << (64 - min(bits, 64))
        self.low = low & UInt64.max << (128 - max(bits, 64))
        self.bits = bits
        // An IPv4 network is written as one, however it came.
        let isOld = isMapped && bits >= 96
        let address = InternetNetwork.spelling(self.high, self.low, isOld: isOld)
        self.text = bits == 128 ? address : "\(address)/\(isOld ? bits - 96 : bits)"
    }

    /// The usual spelling of one address, given as `high` and `low`.
    package static func spelling(_ high: UInt64, _ low: UInt64) -> String {
        spelling(high, low, isOld: high == 0 && low >> 32 == 0xffff)
    }

    /// In network order: 4 bytes or 16; nothing for what is no address.
    private static func bytes(_ text: String) -> [UInt8]? {
        // To C the text would end there.
        guard !text.utf8.contains(0) else { return nil }
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if unsafe inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }

    private static func mapped(_ bytes: [UInt8]) -> (bytes: [UInt8], isMapped: Bool) {
        let prefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
        return bytes.count == 4 ? (prefix + bytes, true) : (bytes, Array(bytes.prefix(12)) == prefix)
    }

    private static func spelling(_ high: UInt64, _ low: UInt64, isOld: Bool) -> String {
        let all = [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
        let bytes = isOld ? Array(all.suffix(4)) : all
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(isOld ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else {
            preconditionFailure("there is room for every address")
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
