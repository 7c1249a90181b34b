// Reads what `StateWriter` wrote. The bytes come from another process, so every read checks them.

/// The bytes are not what a `StateWriter` wrote for the value that is read.
package struct StateError: Error, Equatable {
    @inlinable package init() {}
}

package struct StateReader {
    // Inlined: a state has hundreds of thousands of numbers, and all connections wait while it is read.
    @usableFromInline let bytes: [UInt8]
    @usableFromInline var position = 0

    @inlinable package init(_ bytes: [UInt8]) { self.bytes = bytes }

    @inlinable package var isAtEnd: Bool { position == bytes.count }

    @inlinable package mutating func uint64() throws(StateError) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < bytes.count else { throw StateError() }
            let byte = bytes[position]
            position += 1
            // The tenth byte has room for one bit.
            guard shift < 63 || byte <= 1 else { throw StateError() }
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return number }
        }
        throw StateError()
    }

    @inlinable package mutating func int64() throws(StateError) -> Int64 {
        let number = try uint64()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    /// A time relative to now, in milliseconds or microseconds, limited to 2^52 so that no sum overflows.
    @inlinable package mutating func time() throws(StateError) -> Int64 {
        let time = try int64()
        guard time.magnitude < 1 << 52 else { throw StateError() }
        return time
    }

    /// A number of any width. Throws where the written number does not fit.
    @inlinable package mutating func integer<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(StateError)
        -> Number
    {
        let number = Number.isSigned ? Number(exactly: try int64()) : Number(exactly: try uint64())
        guard let number else { throw StateError() }
        return number
    }

    @inlinable package mutating func bool() throws(StateError) -> Bool {
        let number = try uint64()
        guard number <= 1 else { throw StateError() }
        return number == 1
    }

    @inlinable package mutating func byteArray() throws(StateError) -> [UInt8] {
        let count = try uint64()
        guard count <= UInt64(bytes.count - position) else { throw StateError() }
        defer { position += Int(count) }
        return Array(bytes[position..<position + Int(count)])
    }

    @inlinable package mutating func string() throws(StateError) -> String {
        guard let text = String(validating: try byteArray(), as: UTF8.self) else { throw StateError() }
        return text
    }

    @inlinable package mutating func optional<Value>(
        _ body: (inout StateReader) throws(StateError) -> Value
    ) throws(StateError) -> Value? {
        try bool() ? try body(&self) : nil
    }

    /// Calls `body` as many times as elements were written by `write(each:)`.
    @inlinable package mutating func each(_ body: (inout StateReader) throws(StateError) -> Void) throws(StateError) {
        let count = try uint64()
        for _ in 0..<count { try body(&self) }
    }
}
