// Masking of a client's payload. RFC 6455 §5.3: octet i is XORed with octet i modulo 4 of the key.

/// A masking key, turned so that its lowest byte is the octet for the next byte of the payload. Going on with it in the
/// next piece of the same frame needs nothing else.
struct MaskingKey: Equatable, Sendable {
    private var value: UInt32

    /// - Parameter value: the key as it stands on the wire, its first octet the highest byte.
    init(_ value: UInt32) { self.value = value.byteSwapped }

    /// Takes the key's next octet as it comes in; after four of them the key is whole.
    mutating func shiftIn(_ octet: UInt8) { value = value >> 8 | UInt32(octet) << 24 }

    /// Appends the bytes, masked or unmasked, and turns the key so far.
    /// - Returns: all appended bytes OR'ed together: below 0x80 where they are all ASCII.
    mutating func append(_ bytes: Span<UInt8>, to buffer: inout [UInt8]) -> UInt8 {
        var seen: UInt8 = 0
        buffer.append(addingCapacity: bytes.count) { output in
            output.append(repeating: 0, count: bytes.count)
            var masked = output.mutableSpan
            var index = appendWords(bytes, to: &masked, seen: &seen)
            while index < bytes.count {
                masked[index] = bytes[index] ^ UInt8(truncatingIfNeeded: value)
                seen |= masked[index]
                value = value >> 8 | value << 24
                index += 1
            }
        }
        return seen
    }

    /// Eight bytes at a time: two whole turns of the key. The shifts are one load and one store once compiled; the
    /// slice has one bounds check for all eight.
    /// - Returns: how many bytes were done.
    private func appendWords(_ bytes: Span<UInt8>, to masked: inout MutableSpan<UInt8>, seen: inout UInt8) -> Int {
        let key = UInt64(value) << 32 | UInt64(value)
        var index = 0
        while index + 8 <= bytes.count {
            let eight = bytes.extracting(index..<index + 8)
            var word: UInt64 = 0
            for lane in 0..<8 { word |= UInt64(eight[lane]) << UInt64(8 * lane) }
            word ^= key
            for lane in 0..<8 { masked[index + lane] = UInt8(truncatingIfNeeded: word >> UInt64(8 * lane)) }
            if word & 0x8080_8080_8080_8080 != 0 { seen |= 0x80 }
            index += 8
        }
        return index
    }
}
