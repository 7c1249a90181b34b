import Chat
import FoundationEssentials
import Host
import SQLite
import Testing

@testable import Ledger

/// A file's size in bytes.
func size(_ path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
}

@Suite struct RetentionTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private let day: Int64 = 86_400_000

    private func entries(_ numbers: ClosedRange<Int>, at: (Int) -> Int64 = { _ in 1 }) -> [Entry] {
        numbers.map { number in
            let text = "every 你好 word\(number)"
            guard number.isMultiple(of: 2) else { return whisper("\(number)", to: bob, text: text, at: at(number)) }
            return message("\(number)", text: text, at: at(number))
        }
    }

    /// Expects that exactly the entries from `first` to `last` are left: in the snapshot, in `privates` and in the search
    /// index.
    private func expect(_ fixture: LedgerFixture, from first: UInt64, to last: UInt64) throws {
        let snapshot = try fixture.store.snapshot()
        #expect(snapshot.retentionFloor == first - 1 && snapshot.seq == last && snapshot.recentAfter == first - 1)
        let all = Array(first..<last + 1)
        #expect(snapshot.recent.map(\.seq) == all)
        let database = fixture.store.database
        #expect(try database.integer("SELECT min(seq) FROM events") == Int64(first))
        let odd = Int64(all.count { !$0.isMultiple(of: 2) })
        #expect(try database.integer("SELECT count(*) FROM privates") == 2 * odd)
        // The index itself, without a join.
        for word in ["every", "\"你 好\""] {
            let found = "FROM texts WHERE texts MATCH '\(word)'"
            #expect(try database.integer("SELECT count(*) \(found)") == Int64(all.count))
            #expect(try database.integer("SELECT min(rowid) \(found)") == Int64(first))
        }
    }

    @Test func newLimitsApplyAtOnce() throws {
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger))
        try fixture.put(entries(1...100))
        #expect(try fixture.runMaintenance() == [])
        try fixture.maintenance.reconfigure(
            LedgerSettings(path: folder.ledger, keepMessages: 40), Moment(wall: 0, monotonic: 0))
        #expect(try fixture.runMaintenance() == [60])
        try fixture.put(entries(101...110, at: { _ in 10 * day }))
        try fixture.maintenance.reconfigure(
            LedgerSettings(path: folder.ledger, keepDays: 1), Moment(wall: 10 * day, monotonic: 0))
        #expect(try fixture.runMaintenance(wall: 10 * day + 1) == [100])
        try expect(fixture, from: 101, to: 110)
    }

    @Test func byNumberInSmallSteps() throws {
        let settings = LedgerSettings(path: folder.ledger, keepMessages: 1_000)
        do {
            let fixture = try LedgerFixture(settings)
            try fixture.put(entries(1...1_000))
            #expect(try fixture.runMaintenance() == [])
            try fixture.put(entries(1_001...1_600))
            #expect(try fixture.runMaintenance() == [256, 512, 600])
            try expect(fixture, from: 601, to: 1_600)
        }
        // After a restart the entries are counted again, and the numbers go on.
        let fixture = try LedgerFixture(settings)
        #expect(seqs(try fixture.put([message("x", text: "every 你好")])) == [1_601])
        #expect(try fixture.runMaintenance() == [601])
        #expect(
            seqs(try fixture.put([message("2"), message("1600")])) == [1_602, -1_600], "a deleted message's id is free")
    }

    @Test func anEntryThatIsDeletedBeforeItIsIndexedIsNotFound() throws {
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger, keepMessages: 10))
        try fixture.put(entries(1...300))
        try fixture.runMaintenance()
        try expect(fixture, from: 291, to: 300)
    }

    @Test func entriesAboutUsersCountWhereTheyAreMany() throws {
        let fixture = try LedgerFixture(LedgerSettings(keepMessages: 10))
        try fixture.put([claim("Ada")] + (1...100).map { .seen(ada, at: $0) })
        #expect(try fixture.runMaintenance() == [61])
        #expect(try fixture.store.snapshot().users.map(\.seen) == [100])
    }

    @Test func inMemoryThereIsAlwaysALimit() throws {
        let fixture = try LedgerFixture()
        let limit = LedgerLimits.messagesInMemory
        try fixture.put((1...limit).map { message("\($0)") })
        #expect(try fixture.runMaintenance() == [])
        try fixture.put([message("x")])
        #expect(try fixture.runMaintenance() == [1])
        let file = try LedgerFixture(LedgerSettings(path: folder.ledger))
        try file.put((1...limit + 1).map { message("\($0)") })
        #expect(try file.runMaintenance() == [])
    }

    @Test func byAgeOnceAMinute() throws {
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger, keepDays: 2))
        try fixture.put(entries(1...900) { number in number <= 600 ? day : 2 * day })
        #expect(try fixture.runMaintenance(wall: 3 * day, monotonic: 5) == [])
        #expect(fixture.maintenance.idleMilliseconds == 60_000)
        #expect(
            try fixture.runMaintenance(wall: 3 * day + 1, monotonic: 5) == [],
            "the last check was less than a minute ago")
        #expect(try fixture.runMaintenance(wall: 3 * day + 1, monotonic: 60_004) == [])
        #expect(try fixture.runMaintenance(wall: 3 * day + 1, monotonic: 60_005) == [256, 512, 600])
        try expect(fixture, from: 601, to: 900)
        #expect(try fixture.runMaintenance(wall: 9 * day, monotonic: 6 * day + 120_005) == [856, 900])
        #expect(try fixture.store.snapshot().retentionFloor == 900)
    }

    @Test func ageDeletesOnlyFromTheBeginning() throws {
        let fixture = try LedgerFixture(LedgerSettings(keepDays: 1))
        try fixture.put([message("a", at: 0), message("b", at: 3 * day), message("c", at: 0)])
        #expect(try fixture.runMaintenance(wall: 3 * day) == [1])
    }

    @Test func anEntryOfTheFutureIsAsOldAsTheNextOne() throws {
        let fixture = try LedgerFixture(LedgerSettings(keepDays: 1))
        try fixture.put([message("a", at: 400 * day), message("b", at: 401 * day), message("c", at: 0)])
        try fixture.put([message("d", at: 400 * day), message("e", at: 3 * day), message("f", at: 400 * day)])
        #expect(try fixture.runMaintenance(wall: 3 * day) == [3])
        #expect(try fixture.runMaintenance(wall: 5 * day, monotonic: 2 * day) == [5])
    }

    @Test func aJumpOfTheClockDeletesNothing() throws {
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger, keepDays: 30))
        try fixture.put(entries(1...10, at: { _ in 100 * day }))
        #expect(try fixture.runMaintenance(wall: 101 * day, monotonic: 0) == [] && fixture.maintenance.problem == nil)
        #expect(try fixture.runMaintenance(wall: 501 * day, monotonic: 65_000) == [])
        let problem = try #require(fixture.maintenance.problem?.description)
        #expect(problem.contains("went 399 days ahead") && problem.contains("systemctl reload chatrelay"))
        #expect(try fixture.runMaintenance(wall: 101 * day + 130_000, monotonic: 130_000) == [])
        #expect(fixture.maintenance.problem == nil)
        // A clock that stays ahead is believed after a day.
        #expect(try fixture.runMaintenance(wall: 501 * day, monotonic: day) == [])
        #expect(try fixture.runMaintenance(wall: 502 * day - 1, monotonic: 2 * day - 1) == [])
        #expect(try fixture.runMaintenance(wall: 502 * day, monotonic: 2 * day) == [10])
        #expect(fixture.maintenance.problem == nil)
    }

    @Test func aStartWithAClockThatIsAheadDeletesNothing() throws {
        let settings = LedgerSettings(path: folder.ledger, keepDays: 30)
        do {
            let fixture = try LedgerFixture(settings)
            try fixture.put(entries(1...10, at: { _ in 100 * day }))
            try fixture.runMaintenance(wall: 101 * day)
        }
        for _ in 0..<2 {
            let fixture = try LedgerFixture(settings)
            #expect(try fixture.runMaintenance(wall: 501 * day, monotonic: 7) == [])
            #expect(try fixture.runMaintenance(wall: 501 * day + 120_000, monotonic: 120_007) == [])
            #expect(fixture.maintenance.problem != nil)
        }
        // A ledger of an older version has no note of the time, but entries.
        try Database(path: folder.ledger).execute("DELETE FROM meta WHERE key = 'clock'")
        let fixture = try LedgerFixture(settings)
        #expect(try fixture.runMaintenance(wall: 501 * day, monotonic: 7) == [])
        // An administrator says that it is right.
        try fixture.maintenance.reconfigure(settings, Moment(wall: 501 * day + 1, monotonic: 8))
        #expect(try fixture.runMaintenance(wall: 501 * day + 2, monotonic: 9) == [10])
        #expect(try LedgerFixture(settings).runMaintenance(wall: 501 * day + 3) == [])
    }

    private func used(_ fixture: LedgerFixture) throws -> Int64 {
        let database = fixture.store.database
        return try (database.integer("PRAGMA page_count") - database.integer("PRAGMA freelist_count")) * 4_096
    }

    @Test(arguments: [60, 6_000, 30_000]) func bySize(textBytes: Int) throws {
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger, keepMegabytes: 2))
        let padding = String(repeating: "lorem ipsum ", count: textBytes / 12)
        var random = Seeded(state: 1)
        var last = 0
        var floors: [UInt64] = []
        for _ in 0..<12 {
            let count = 600_000 / (textBytes + 200)
            let numbers = last + 1...last + count
            try fixture.put(numbers.map { message("\($0)", text: "every \(padding) \(random.next())") })
            last += count
            floors += try fixture.runMaintenance()
            #expect(try used(fixture) <= 2 << 20)
        }
        let floor = try fixture.store.snapshot().retentionFloor
        #expect(floors.last == floor && floors == floors.sorted() && floor > 0)
        // No more was deleted than necessary.
        let kept = try used(fixture)
        #expect(kept > 1 << 20)
        let indexed = try fixture.store.database.integer("SELECT count(*) FROM texts WHERE texts MATCH 'every'")
        #expect(Int(indexed) == last - Int(floor))
    }

    @Test func theFileShrinks() throws {
        let text = String(repeating: "lorem ipsum ", count: 500)
        try LedgerFixture(LedgerSettings(path: folder.ledger)).put((1...2_000).map { message("\($0)", text: text) })
        #expect(try size(folder.ledger) > 11 << 20)
        do {
            let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger, keepMessages: 100))
            try fixture.runMaintenance()
        }
        #expect(try size(folder.ledger) < 4 << 20)
    }

    @Test func underLoadItKeepsUp() throws {
        let fixture = try LedgerFixture(LedgerSettings(keepMessages: 1_000))
        let now = Moment(wall: 0, monotonic: 0)
        _ = try fixture.maintenance.stepUnderLoad(now)
        try fixture.put(entries(1...1_255))
        #expect(try fixture.maintenance.stepUnderLoad(now) == .nothing)
        try fixture.put(entries(1_256...2_000))
        #expect(try fixture.maintenance.stepUnderLoad(now) == .deleted(upTo: 256))
        #expect(try fixture.maintenance.stepUnderLoad(now) == .deleted(upTo: 512))
        #expect(try fixture.maintenance.stepUnderLoad(now) == .deleted(upTo: 768))
        #expect(try fixture.maintenance.stepUnderLoad(now) == .nothing)
    }

    @Test func aDeletionThatFailsDeletesNothing() throws {
        let fixture = try LedgerFixture(LedgerSettings(keepMessages: 1))
        try fixture.put(entries(1...3))
        try fixture.store.database.execute("ALTER TABLE meta RENAME TO away")
        #expect(throws: SQLiteError.self) { try fixture.runMaintenance() }
        try fixture.store.database.execute("ALTER TABLE away RENAME TO meta")
        #expect(try fixture.runMaintenance(monotonic: LedgerLimits.ageCheckMilliseconds) == [2])
        try expect(fixture, from: 3, to: 3)
    }
}
