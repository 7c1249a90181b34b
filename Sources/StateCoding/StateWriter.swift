// What one process leaves to the next, as bytes: numbers of variable length (LEB128, as in DWARF and protocol buffers), and
// everything else made of them. No names and no types stand in it: reader and writer must be of one version, which is the
// business of whoever puts the whole together.

/// Writes values one behind the other.
package struct StateWriter {
    // Inlined, as the reader is.
    @usableFromInline var buffer: [UInt8] = []

    @inlinable package var bytes: [UInt8] { buffer }

    @inlinable package init() {}

    @inlinable package mutating func write(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            buffer.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        buffer.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Small numbers are short, also those below zero.
    @inlinable package mutating func write(_ number: Int64) { write(UInt64(bitPattern: number << 1 ^ number >> 63)) }

    @inlinable package mutating func write(_ number: Int) { write(Int64(number)) }

    @inlinable package mutating func write(_ flag: Bool) { write(UInt64(flag ? 1 : 0)) }

    @inlinable package mutating func write(_ bytes: some Collection<UInt8>) {
        write(UInt64(bytes.count))
        buffer += bytes
    }

    @inlinable package mutating func write(_ text: String) { write(text.utf8) }

    /// Whether it is there, then the value.
    @inlinable package mutating func write<Value>(_ value: Value?, _ body: (inout StateWriter, Value) -> Void) {
        write(value != nil)
        if let value { body(&self, value) }
    }

    /// How many, then each.
    @inlinable package mutating func write<Values: Collection>(
        each values: Values, _ body: (inout StateWriter, Values.Element) -> Void
    ) {
        write(UInt64(values.count))
        for value in values { body(&self, value) }
    }
}
