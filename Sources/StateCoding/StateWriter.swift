// What one process leaves to the next, as bytes: numbers of variable length (LEB128, as in DWARF and protocol buffers), and
// everything else made of them. No names and no types stand in it: reader and writer must be of one version, which is the
// business of whoever puts the whole together.

/// Writes values one behind the other.
package struct StateWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Small numbers are short, also those below zero.
    package mutating func write(_ number: Int64) { write(UInt64(bitPattern: number << 1 ^ number >> 63)) }

    package mutating func write(_ number: Int) { write(Int64(number)) }

    package mutating func write(_ flag: Bool) { write(UInt64(flag ? 1 : 0)) }

    package mutating func write(_ bytes: some Collection<UInt8>) {
        write(UInt64(bytes.count))
        self.bytes += bytes
    }

    package mutating func write(_ text: String) { write(text.utf8) }

    /// Whether it is there, then the value.
    package mutating func write<Value>(_ value: Value?, _ body: (inout StateWriter, Value) -> Void) {
        write(value != nil)
        if let value { body(&self, value) }
    }

    /// How many, then each.
    package mutating func write<Values: Collection>(
        each values: Values, _ body: (inout StateWriter, Values.Element) -> Void
    ) {
        write(UInt64(values.count))
        for value in values { body(&self, value) }
    }
}
