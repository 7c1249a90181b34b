// Masking of a client's payload. RFC 6455 §5.3: octet i is XORed with octet i modulo 4 of the key.

/// A masking key, turned so that its lowest byte is the octet for the next byte of the payload. Going on with it in the
/// next piece of the same frame needs nothing else.
struct MaskingKey: Equatable, Sendable {
    private var value: UInt32

    /// As `turned` has it.
    init(turned: UInt32) { value = turned }

    /// The key as it stands for the next byte.
    var turned: UInt32 { value }

    /// - Parameter value: the key as it stands on the wire, its first octet the highest byte.
    init(_ value: UInt32) { self.value = value.byteSwapped }

    /// Takes the key's next octet as it comes in; after four of them the key is whole.
    mutating func shiftIn(_ octet: UInt8) { value = value >> 8 | UInt32(octet) << 24 }

    /// Appends the bytes, masked or unmasked, and turns the key so far.
    /// - Returns: all appended bytes OR'ed together, as far as their highest bit goes: below 0x80 where all are ASCII.
    mutating func append(_ bytes: Span<UInt8>, to buffer: inout [UInt8]) -> UInt8 {
        var seen: UInt8 = 0
        // Eight bytes at a time are two whole turns of the key. Once compiled, the shifts are one load and one store,
        // as long as nothing of `self` is changed in the loop.
        let twice = UInt64(value) << 32 | UInt64(value)
        let words = bytes.count & ~7
        buffer.append(addingCapacity: bytes.count) { output in
            output.append(repeating: 0, count: bytes.count)
            var masked = output.mutableSpan
            for index in stride(from: 0, to: words, by: 8) {
                let eight = bytes.extracting(index..<index + 8)
                var word: UInt64 = 0
                for batch in 0..<8 { word |= UInt64(eight[batch]) << UInt64(8 * batch) }
                word ^= twice
                for batch in 0..<8 { masked[index + batch] = UInt8(truncatingIfNeeded: word >> UInt64(8 * batch)) }
                seen |= word & 0x8080_8080_8080_8080 == 0 ? 0 : 0x80
            }
            for index in words..<bytes.count {
                masked[index] = bytes[index] ^ UInt8(truncatingIfNeeded: twice >> UInt64(8 * (index & 7)))
                seen |= masked[index]
            }
        }
        let turned = UInt32(bytes.count & 3) * 8
        value = value >> turned | value << (32 - turned)
        return seen
    }
}
