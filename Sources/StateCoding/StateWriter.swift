// The encoding of the restart state: numbers of variable length (LEB128, as in DWARF and protocol buffers), and everything else made
// of them. It has no names and no types: reader and writer must be of the same version, which the caller checks.

/// Writes values in sequence.
package struct StateWriter {
    // Inlined for the reason in `StateReader`.
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

    /// Zigzag encoding: numbers near zero are short, negative ones, too.
    @inlinable package mutating func write(_ number: Int64) { write(UInt64(bitPattern: number << 1 ^ number >> 63)) }

    @inlinable package mutating func write(_ number: Int) { write(Int64(number)) }

    @inlinable package mutating func write(_ flag: Bool) { write(UInt64(flag ? 1 : 0)) }

    @inlinable package mutating func write(_ bytes: some Collection<UInt8>) {
        write(UInt64(bytes.count))
        buffer += bytes
    }

    @inlinable package mutating func write(_ text: String) { write(text.utf8) }

    /// A flag for whether there is a value, then the value.
    @inlinable package mutating func write<Value>(_ value: Value?, _ body: (inout StateWriter, Value) -> Void) {
        write(value != nil)
        if let value { body(&self, value) }
    }

    /// The number of elements, then each element.
    @inlinable package mutating func write<Values: Collection>(
        each values: Values, _ body: (inout StateWriter, Values.Element) -> Void
    ) {
        write(UInt64(values.count))
        for value in values { body(&self, value) }
    }
}
