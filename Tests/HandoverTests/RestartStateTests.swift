import StateCoding
import Testing

@testable import Handover

@Suite struct RestartStateTests {
    private let head = RestartState.Head(epoch: 3, ledger: "1ed9e000")
    private var bytes: [UInt8] { RestartState.bytes(head) { $0.write("the rest") } }

    @Test func whatWasWrittenIsRead() throws {
        var (head, reader) = try RestartState.open(bytes)
        #expect(head == self.head)
        #expect(try reader.string() == "the rest")
        #expect(reader.isAtEnd)
    }

    /// Version 2 had no sessions of Socket.IO, version 3 wrote more of each.
    @Test(arguments: [2, 3] as [UInt64]) func theVersionsBeforeAreRead(_ version: UInt64) throws {
        let old = RestartState.Head(epoch: 3, ledger: "1ed9e000", version: version)
        let (head, _) = try RestartState.open(RestartState.bytes(old) { $0.write("the rest") })
        #expect(head == old && head.hasSocketIO == (version == 3))
    }

    @Test func aDamagedOneIsRefused() {
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0x10
            #expect(throws: RestartState.ReadError.damaged) { try RestartState.open(damaged) }
            #expect(throws: RestartState.ReadError.damaged) { try RestartState.open(Array(bytes[..<index])) }
        }
    }

    /// Whole, but of another program's version.
    @Test(arguments: [0, RestartState.version + 1, 1 << 40] as [UInt64]) func anotherVersionIsRefused(_ version: UInt64)
    {
        let head = RestartState.Head(epoch: 3, ledger: "1ed9e000", version: version)
        let other = RestartState.bytes(head) { $0.write("something else") }
        #expect(throws: RestartState.ReadError.version(version)) { try RestartState.open(other) }
    }

    @Test func errorsAreEndsOfSentences() {
        #expect(RestartState.ReadError.damaged.reason == "it is damaged")
        #expect(RestartState.ReadError.version(7).reason == "it is of version 7, and this is \(RestartState.version)")
    }
}
