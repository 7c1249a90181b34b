import StateCoding
import Testing

@testable import Relay

@Suite struct HandedStateTests {
    private let head = HandedState.Head(epoch: 3, ledger: "1ed9e000")
    private var bytes: [UInt8] { HandedState.bytes(head) { $0.write("the rest") } }

    @Test func whatWasWrittenIsRead() throws {
        var (head, reader) = try HandedState.open(bytes)
        #expect(head == self.head)
        #expect(try reader.string() == "the rest")
        #expect(reader.isAtEnd)
    }

    @Test func aDamagedOneIsRefused() {
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0x10
            #expect(throws: HandedState.Fault.damaged) { try HandedState.open(damaged) }
            #expect(throws: HandedState.Fault.damaged) { try HandedState.open(Array(bytes[..<index])) }
        }
    }

    /// Whole, but of another program's version.
    @Test(arguments: [0, HandedState.version + 1, 1 << 40] as [UInt64]) func anotherVersionIsRefused(_ version: UInt64)
    {
        let other = HandedState.bytes(head, version: version) { $0.write("something else") }
        #expect(throws: HandedState.Fault.version(version)) { try HandedState.open(other) }
    }

    @Test func faultsAreSentences() {
        #expect(HandedState.Fault.damaged.sentence == "it is damaged")
        #expect(HandedState.Fault.version(7).sentence == "it is of version 7, and this is \(HandedState.version)")
    }
}
