import Chat
import Glibc
import Linux
import Primitives
import Testing
import WebSocket

@testable import Handover

@Suite struct CrashRecordsTests {
    /// As the next process sees it.
    private func next(_ crashRecords: CrashRecords) throws -> CrashRecords {
        let words = try SharedMemory(
            FileDescriptor(owning: dup(crashRecords.words.descriptor)), count: CrashRecords.size)
        return try #require(CrashRecords(words))
    }

    @Test func aConnectionIsFoundAsItWas() throws {
        let crashRecords = try CrashRecords()
        crashRecords.begin(7, number: 41)
        crashRecords.setPhase(7, .open)
        crashRecords.setAddress(7, IPAddress(high: 0x2001_0db8 << 32, low: 1))
        crashRecords.setUser(7, UserID(12))
        crashRecords.addRoom(7, RoomID(index: 3), name: "lobby")
        crashRecords.addRoom(7, RoomID(index: 3), name: "lobby")
        crashRecords.addRoom(7, RoomID(index: 65_000), name: "attic")
        crashRecords.setUnwritten(7, [1, 2, 3])
        let later = try next(crashRecords)
        #expect(later.lastNumber == 41)
        #expect(later.number(of: 7) == 41 && later.number(of: 8) == nil && later.number(of: 300_000) == nil)
        let record = try #require(later.record(7))
        #expect(record.phase == .open && record.user == UserID(12) && record.rooms == ["lobby", "attic"])
        #expect(record.address?.high == 0x2001_0db8 << 32 && record.address?.low == 1)
        #expect(record.authenticatedName == nil && record.unwritten == [1, 2, 3])
        crashRecords.removeRoom(7, RoomID(index: 3))
        crashRecords.setUnwritten(7, [])
        let after = try #require(later.record(7))
        #expect(after.rooms == ["attic"] && after.unwritten.isEmpty)
        crashRecords.setUser(7, UserID(13))
        #expect(later.record(7)?.rooms == [])
    }

    @Test func theNextConnectionOfASlotBeginsAnew() throws {
        let crashRecords = try CrashRecords()
        crashRecords.begin(2, number: 1)
        crashRecords.setUser(2, UserID(12))
        crashRecords.addRoom(2, RoomID(index: 0), name: "lobby")
        crashRecords.setAuthenticatedName(2, "Ada")
        crashRecords.setUnwritten(2, [1])
        crashRecords.end(2)
        #expect(crashRecords.record(2) == nil)
        crashRecords.begin(2, number: 5)
        let record = try #require(crashRecords.record(2))
        #expect(
            record.phase == .awaitingRequest && record.user == nil && record.rooms.isEmpty
                && record.authenticatedName == nil)
        #expect(record.unwritten.isEmpty && crashRecords.number(of: 2) == 5)
    }

    @Test func thoseThatDepartedAreKnownForAWhile() throws {
        let crashRecords = try CrashRecords()
        for user in 1...1_030 as ClosedRange<UInt64> {
            crashRecords.begin(2, number: user)
            crashRecords.setUser(2, UserID(user))
            crashRecords.addRoom(2, RoomID(index: 0), name: "lobby")
            if user % 2 == 0 { crashRecords.addRoom(2, RoomID(index: 1), name: "attic") }
            crashRecords.disconnected(2, at: Int64(user) * 10)
            crashRecords.end(2)
        }
        let last = crashRecords.departures(since: 10_280)
        #expect(last.map(\.user.number).sorted() == [1_028, 1_028, 1_029, 1_030, 1_030])
        #expect(last.filter { $0.user.number == 1_030 }.map(\.room).sorted() == ["attic", "lobby"])
        #expect(crashRecords.departures(since: 0).count == 1_024)
        crashRecords.begin(2, number: 2_000)
        crashRecords.disconnected(2, at: 20_000)
        #expect(crashRecords.departures(since: 20_000).isEmpty, "who is nobody does not depart")
    }

    @Test func vouchedNamesOfAnyLength() throws {
        let crashRecords = try CrashRecords()
        for name in ["Zoë", String(repeating: "x", count: 128)] {
            crashRecords.begin(9, number: 1)
            crashRecords.setAuthenticatedName(9, name)
            #expect(crashRecords.record(9)?.authenticatedName == name)
        }
    }

    @Test func whatWasUnderWayIsInDoubt() throws {
        let crashRecords = try CrashRecords()
        for slot in 0..<Slot(3) { crashRecords.begin(slot, number: UInt64(slot) + 1) }
        #expect((0..<3).allSatisfy { !crashRecords.isInDoubt($0) })
        crashRecords.beginReading(1)
        #expect(crashRecords.isInDoubt(1) && !crashRecords.isInDoubt(0))
        crashRecords.endReading()
        #expect(!crashRecords.isInDoubt(1))
        crashRecords.beginReading(2)
        crashRecords.clearInDoubt()
        #expect(!crashRecords.isInDoubt(2))
    }

    /// What the crowd notes: a write that did not go out whole is in doubt until somebody says what is left of it.
    @Test func theCrowdsInkIsRead() throws {
        let crashRecords = try CrashRecords()
        var poller = try ConnectionPoller(batch: 4)
        poller.record(in: crashRecords.writeMarker)
        var pair: [Int32] = [-1, -1]
        try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &pair) == 0)
        defer { close(pair[1]) }
        let slot = try poller.insert(FileDescriptor(owning: pair[0]))
        crashRecords.begin(slot, number: 1)
        #expect(poller.write(slot, [1, 2, 3], 0..<3) == .bytes(3))
        #expect(!crashRecords.isInDoubt(slot))
        let chunk = [UInt8](repeating: 0, count: 1 << 20)
        guard case .bytes(let count) = poller.write(slot, chunk, 0..<chunk.count), count < chunk.count else {
            Issue.record("the socket took everything")
            return
        }
        #expect(crashRecords.isInDoubt(slot))
        crashRecords.setUnwritten(slot, chunk[..<10])
        #expect(!crashRecords.isInDoubt(slot))
        // The rest goes out: until it is said that nothing is left, it is not known.
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while unsafe recv(pair[1], &buffer, buffer.count, 0) > 0 {}
        #expect(poller.write(slot, chunk, 0..<10) == .bytes(10))
        #expect(crashRecords.isInDoubt(slot))
        crashRecords.setUnwritten(slot, [])
        #expect(!crashRecords.isInDoubt(slot))
        var remainders: [ConnectionPoller.Remainder] = []
        poller.broadcast(chunk, to: [slot], avoid: [], remainders: &remainders)
        #expect(crashRecords.isInDoubt(slot))
        crashRecords.setUnwritten(slot, chunk[...])
        #expect(crashRecords.isInDoubt(slot), "a rest that has no room is not known")
        crashRecords.end(slot)
    }

    @Test func anotherVersionIsNotRead() throws {
        let crashRecords = try CrashRecords()
        for word in 0..<3 {
            let old = crashRecords.words[word]
            crashRecords.words[word] = old + 1
            #expect(CrashRecords(crashRecords.words) == nil)
            crashRecords.words[word] = old
        }
        #expect(CrashRecords(crashRecords.words) != nil)
        #expect(CrashRecords(try SharedMemory(name: "test", count: 8)) == nil)
    }

    @Test func slotsBeyondItAreLeftOut() throws {
        let crashRecords = try CrashRecords()
        let slot = Slot(CrashRecords.slots)
        crashRecords.begin(slot, number: 9)
        crashRecords.setPhase(slot, .open)
        crashRecords.setUnwritten(slot, [1])
        crashRecords.end(slot)
        #expect(crashRecords.record(slot) == nil && crashRecords.lastNumber == 9)
    }

    @Test func thePositionInTheLedgerIsKept() throws {
        let records = try CrashRecords()
        #expect(records.position == nil)
        records.begin(ledger: "1ed9e000", seq: 7)
        records.applied(9)
        #expect(records.position?.ledger == "1ed9e000" && records.position?.seq == 9)
    }
}
