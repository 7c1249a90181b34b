// Masking of a client's payload. RFC 6455 §5.3: octet i is XORed with octet i modulo 4 of the key.

/// A masking key, turned so that its highest byte is the octet for the next byte of the payload. Going on with it in the
/// next piece of the same frame needs nothing else.
struct MaskingKey: Equatable, Sendable {
    private var value: UInt32

    /// - Parameter value: the key as it stands on the wire, its first octet the highest byte.
    init(_ value: UInt32) { self.value = value }

    /// Masks, or unmasks, what stands in `bytes` from `start` on, and turns the key so far.
    mutating func apply(to bytes: inout [UInt8], from start: Int) {
        var index = start
        // Eight bytes have the same octets each time: two whole turns of the key.
        var octets = SIMD8<UInt8>()
        for lane in 0..<8 { octets[lane] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * (lane & 3))) }
        while index + 8 <= bytes.count {
            for lane in 0..<8 { bytes[index + lane] ^= octets[lane] }
            index += 8
        }
        while index < bytes.count {
            bytes[index] ^= UInt8(value >> 24)
            value = value << 8 | value >> 24
            index += 1
        }
    }
}
