import StateCoding
import Testing

@Suite struct StateCodingTests {
    @Test(arguments: [0, 1, 127, 128, 16_383, 16_384, 1 << 32, UInt64.max - 1, .max])
    func unsignedNumbers(_ number: UInt64) throws {
        var writer = StateWriter()
        writer.write(number)
        var reader = StateReader(writer.bytes)
        #expect(try reader.uint64() == number)
        #expect(reader.isAtEnd)
    }

    @Test(arguments: [0, 1, -1, 63, -64, 64, -65, Int64.max, .min])
    func signedNumbers(_ number: Int64) throws {
        var writer = StateWriter()
        writer.write(number)
        var reader = StateReader(writer.bytes)
        #expect(try reader.int64() == number)
        #expect(reader.isAtEnd)
    }

    @Test(arguments: [0, -1, 1 << 52 - 1, 1 - 1 << 52]) func times(_ time: Int64) throws {
        var writer = StateWriter()
        for number in [time, 1 << 52, -1 << 52, .max, .min] { writer.write(number) }
        var reader = StateReader(writer.bytes)
        #expect(try reader.time() == time)
        for _ in 0..<4 { #expect(throws: StateError()) { try reader.time() } }
    }

    @Test func smallNumbersAreShort() {
        var writer = StateWriter()
        writer.write(-1)
        writer.write(UInt64(127))
        #expect(writer.bytes.count == 2)
    }

    @Test func everythingElse() throws {
        var writer = StateWriter()
        writer.write(true)
        writer.write("Zoë")
        writer.write([1, 2, 3] as [UInt8])
        writer.write(Optional("there")) { $0.write($1) }
        writer.write(nil as String?) { $0.write($1) }
        writer.write(each: [7, -7]) { $0.write($1) }
        var reader = StateReader(writer.bytes)
        #expect(try reader.bool())
        #expect(try reader.string() == "Zoë")
        #expect(try reader.byteArray() == [1, 2, 3])
        let there = try reader.optional { (reader) throws(StateError) in try reader.string() }
        #expect(there == "there")
        let nothing = try reader.optional { (reader) throws(StateError) in try reader.string() }
        #expect(nothing == nil)
        var numbers: [Int] = []
        try reader.each { (reader) throws(StateError) in numbers.append(try reader.integer()) }
        #expect(numbers == [7, -7])
        #expect(reader.isAtEnd)
    }

    /// Bytes that are cut off, or that no writer writes, are an error.
    @Test func damagedBytesAreRefused() {
        var writer = StateWriter()
        writer.write("A text of some length")
        for count in 0..<writer.bytes.count {
            var reader = StateReader(Array(writer.bytes.prefix(count)))
            #expect(throws: StateError()) { try reader.string() }
        }
        func refuses<Value>(_ bytes: [UInt8], _ read: (inout StateReader) throws(StateError) -> Value) {
            var reader = StateReader(bytes)
            #expect(throws: StateError()) { _ = try read(&reader) }
        }
        refuses([2]) { (reader) throws(StateError) in try reader.bool() }
        refuses([1, 0xff]) { (reader) throws(StateError) in try reader.string() }
        refuses([0x80, 2]) { (reader) throws(StateError) in try reader.integer(UInt8.self) }
        refuses([UInt8](repeating: 0xff, count: 9) + [2]) { (reader) throws(StateError) in try reader.uint64() }
        refuses([UInt8](repeating: 0x80, count: 10)) { (reader) throws(StateError) in try reader.uint64() }
        refuses([UInt8](repeating: 0xff, count: 9) + [1]) { (reader) throws(StateError) in try reader.byteArray() }
    }
}
