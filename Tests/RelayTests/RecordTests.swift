import FoundationEssentials
import Testing

@testable import Relay

@Suite struct RecordTests {
    @Test func eachRecordIsInTheCatalog() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let data = try Data(contentsOf: URL(filePath: "/\(root)/systemd/chatrelay.catalog"))
        let catalog = String(decoding: data, as: UTF8.self)
        let entries = catalog.split(separator: "\n").filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
        #expect(Set(entries) == Set(Record.Kind.allCases.map(\.rawValue)))
        #expect(entries.count == Set(entries).count)
        for id in entries { #expect(id.count == 32 && id.allSatisfy { "0123456789abcdef".contains($0) }) }
    }
}

@Suite struct RecordBrakeTests {
    private let record = Record(.idle, "A client.")

    /// - Returns: how many of them passed.
    private func flood(_ brake: inout LogRateLimiter, _ count: Int, at now: Int64) -> Int {
        var passed = 0
        for _ in 0..<count where brake.pass(record, at: now) != nil { passed += 1 }
        return passed
    }

    @Test func aSecondHasItsShareAndTheNextSaysWhatWasHeldBack() {
        var brake = LogRateLimiter()
        #expect(flood(&brake, 60, at: 1_000) == Limits.recordsPerSecond)
        #expect(brake.pass(record, at: 1_999) == nil)
        #expect(brake.pass(record, at: 2_000) == 11)
        #expect(brake.pass(record, at: 2_001) == 0)
        #expect(brake.takeHeld(at: 99_000) == nil, "it was said")
    }

    @Test func withoutANextItIsSaidAfterAWhile() throws {
        var brake = LogRateLimiter()
        #expect(flood(&brake, 60, at: 1_000) == Limits.recordsPerSecond)
        #expect(brake.takeHeld(at: 5_999) == nil)
        let held = brake.takeHeld(at: 6_000)
        let told = try #require(held)
        #expect(told.kind == .heldBack && told.message.contains("10 more") && told.message.hasSuffix("A client."))
        #expect(told.fields.contains { $0 == ("HELD_BACK", "10") })
        #expect(told.fields.contains { $0 == ("HELD_BACK_ID", Record.Kind.idle.rawValue) })
        #expect(brake.takeHeld(at: 99_000) == nil, "once")
        #expect(brake.pass(record, at: 99_000) == 0)
    }
}

@Suite struct DeadlinesTests {
    @Test func onlyTheOverdueComeOutAndEachOnce() {
        var deadlines = Deadlines()
        deadlines.add(3, 1, due: 10)
        deadlines.add(4, 2, due: 20)
        #expect(deadlines.nextOverdue(at: 9) == nil)
        let first = deadlines.nextOverdue(at: 10)
        #expect(first?.slot == 3 && first?.generation == 1)
        #expect(deadlines.nextOverdue(at: 19) == nil)
        #expect(deadlines.nextOverdue(at: 21)?.slot == 4)
        #expect(deadlines.nextOverdue(at: 99) == nil)
    }
}
