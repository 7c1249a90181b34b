import Glibc
import Linux
import Testing
import WebSocket

@testable import Relay

@Suite struct RegisterTests {
    /// As the next process sees it.
    private func next(_ register: Register) throws -> Register {
        let words = try SharedWords(FileDescriptor(owning: dup(register.words.descriptor)), count: Register.size)
        return try #require(Register(words))
    }

    @Test func aConnectionIsFoundAsItWas() throws {
        let register = try Register()
        register.begin(7, number: 41)
        register.setPhase(7, .open)
        register.setAddress(7, high: 0x2001_0db8 << 32, low: 1)
        register.seat(7, 12)
        register.enter(7, 3, name: "lobby")
        register.enter(7, 3, name: "lobby")
        register.enter(7, 65_000, name: "attic")
        register.setUnwritten(7, [1, 2, 3])
        let later = try next(register)
        #expect(later.lastNumber == 41)
        #expect(later.number(of: 7) == 41 && later.number(of: 8) == nil && later.number(of: 300_000) == nil)
        let record = try #require(later.record(7))
        #expect(record.phase == .open && record.user == 12 && record.rooms == ["lobby", "attic"])
        #expect(record.address?.high == 0x2001_0db8 << 32 && record.address?.low == 1)
        #expect(record.vouched == nil && record.unwritten == [1, 2, 3])
        register.exit(7, 3)
        register.setUnwritten(7, [])
        let after = try #require(later.record(7))
        #expect(after.rooms == ["attic"] && after.unwritten.isEmpty)
        register.seat(7, 13)
        #expect(later.record(7)?.rooms == [])
    }

    @Test func theNextConnectionOfASlotBeginsAnew() throws {
        let register = try Register()
        register.begin(2, number: 1)
        register.seat(2, 12)
        register.enter(2, 0, name: "lobby")
        register.setVouched(2, "Ada")
        register.setUnwritten(2, [1])
        register.end(2)
        #expect(register.record(2) == nil)
        register.begin(2, number: 5)
        let record = try #require(register.record(2))
        #expect(record.phase == .untouched && record.user == nil && record.rooms.isEmpty && record.vouched == nil)
        #expect(record.unwritten.isEmpty && register.number(of: 2) == 5)
    }

    @Test func thoseThatDepartedAreKnownForAWhile() throws {
        let register = try Register()
        for user in 1...1_030 as ClosedRange<UInt64> {
            register.begin(2, number: user)
            register.seat(2, user)
            register.enter(2, 0, name: "lobby")
            if user % 2 == 0 { register.enter(2, 1, name: "attic") }
            register.depart(2, at: Int64(user) * 10)
            register.end(2)
        }
        let last = register.departed(since: 10_280)
        #expect(last.map(\.user).sorted() == [1_028, 1_028, 1_029, 1_030, 1_030])
        #expect(last.filter { $0.user == 1_030 }.map(\.room).sorted() == ["attic", "lobby"])
        #expect(register.departed(since: 0).count == 1_024)
        register.begin(2, number: 2_000)
        register.depart(2, at: 20_000)
        #expect(register.departed(since: 20_000).isEmpty, "who is nobody does not depart")
    }

    @Test func vouchedNamesOfAnyLength() throws {
        let register = try Register()
        for name in ["Zoë", String(repeating: "x", count: 128)] {
            register.begin(9, number: 1)
            register.setVouched(9, name)
            #expect(register.record(9)?.vouched == name)
        }
    }

    @Test func whatWasUnderWayIsInDoubt() throws {
        let register = try Register()
        for slot in 0..<Slot(3) { register.begin(slot, number: UInt64(slot) + 1) }
        #expect((0..<3).allSatisfy { !register.isInDoubt($0) })
        register.beginReading(1)
        #expect(register.isInDoubt(1) && !register.isInDoubt(0))
        register.endReading()
        #expect(!register.isInDoubt(1))
        register.beginReading(2)
        register.forgetUnderWay()
        #expect(!register.isInDoubt(2))
    }

    /// What the crowd notes: a write that did not go out whole is in doubt until somebody says what is left of it.
    @Test func theCrowdsInkIsRead() throws {
        let register = try Register()
        var crowd = try Crowd(batch: 4)
        crowd.note(in: register.ink)
        var pair: [Int32] = [-1, -1]
        try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &pair) == 0)
        defer { close(pair[1]) }
        let slot = try crowd.insert(FileDescriptor(owning: pair[0]))
        register.begin(slot, number: 1)
        #expect(crowd.write(slot, [1, 2, 3], 0..<3) == .bytes(3))
        #expect(!register.isInDoubt(slot))
        let chunk = [UInt8](repeating: 0, count: 1 << 20)
        guard case .bytes(let count) = crowd.write(slot, chunk, 0..<chunk.count), count < chunk.count else {
            Issue.record("the socket took everything")
            return
        }
        #expect(register.isInDoubt(slot))
        register.setUnwritten(slot, chunk[..<10])
        #expect(!register.isInDoubt(slot))
        // The rest goes out: until it is said that nothing is left, it is not known.
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while unsafe recv(pair[1], &buffer, buffer.count, 0) > 0 {}
        #expect(crowd.write(slot, chunk, 0..<10) == .bytes(10))
        #expect(register.isInDoubt(slot))
        register.setUnwritten(slot, [])
        #expect(!register.isInDoubt(slot))
        var remainders: [Crowd.Remainder] = []
        crowd.broadcast(chunk, to: [slot], avoid: [], remainders: &remainders)
        #expect(register.isInDoubt(slot))
        register.setUnwritten(slot, chunk[...])
        #expect(register.isInDoubt(slot), "a rest that has no room is not known")
        register.end(slot)
    }

    @Test func anotherVersionIsNotRead() throws {
        let register = try Register()
        for word in 0..<3 {
            let old = register.words[word]
            register.words[word] = old + 1
            #expect(Register(register.words) == nil)
            register.words[word] = old
        }
        #expect(Register(register.words) != nil)
        #expect(Register(try SharedWords(name: "test", count: 8)) == nil)
    }

    @Test func slotsBeyondItAreLeftOut() throws {
        let register = try Register()
        let slot = Slot(Register.slots)
        register.begin(slot, number: 9)
        register.setPhase(slot, .open)
        register.setUnwritten(slot, [1])
        register.end(slot)
        #expect(register.record(slot) == nil && register.lastNumber == 9)
    }
}
