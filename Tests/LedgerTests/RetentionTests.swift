import Chat
import FoundationEssentials
import SQLite
import Testing

@testable import Ledger

/// A file's size in bytes.
func size(_ path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
}

@Suite struct RetentionTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private let day: Int64 = 86_400_000

    private func entries(_ numbers: ClosedRange<Int>, at: (Int) -> Int64 = { _ in 1 }) -> [Entry] {
        numbers.map { number in
            let text = "every 你好 word\(number)"
            guard number.isMultiple(of: 2) else { return whisper("\(number)", to: bob, text: text, at: at(number)) }
            return message("\(number)", text: text, at: at(number))
        }
    }

    /// That what is left is exactly what is above the floor: at opening, in the pages and in the search index.
    private func expect(_ bench: Bench, from first: UInt64, to last: UInt64) throws {
        let snapshot = try bench.store.snapshot()
        #expect(snapshot.retentionFloor == first - 1 && snapshot.seq == last && snapshot.recentAfter == first - 1)
        let all = Array(first..<last + 1)
        #expect(snapshot.recent.map(\.seq) == all)
        let database = bench.store.database
        #expect(try database.integer("SELECT min(seq) FROM events") == Int64(first))
        let odd = Int64(all.count { !$0.isMultiple(of: 2) })
        #expect(try database.integer("SELECT count(*) FROM privates") == 2 * odd)
        // What the index itself knows, without a join.
        for word in ["every", "\"你 好\""] {
            let found = "FROM texts WHERE texts MATCH '\(word)'"
            #expect(try database.integer("SELECT count(*) \(found)") == Int64(all.count))
            #expect(try database.integer("SELECT min(rowid) \(found)") == Int64(first))
        }
    }

    @Test func otherLimitsCountAtOnce() throws {
        let bench = try Bench(LedgerSettings(path: scratch.path))
        try bench.put(entries(1...100))
        #expect(try bench.keepHouse() == [])
        try bench.housekeeping.reconfigure(LedgerSettings(path: scratch.path, keepMessages: 40))
        #expect(try bench.keepHouse() == [60])
        try bench.put(entries(101...110, at: { _ in 10 * day }))
        try bench.housekeeping.reconfigure(LedgerSettings(path: scratch.path, keepDays: 1))
        #expect(try bench.keepHouse(wall: 10 * day + 1) == [100])
        try expect(bench, from: 101, to: 110)
    }

    @Test func byNumberInSmallSteps() throws {
        let settings = LedgerSettings(path: scratch.path, keepMessages: 1_000)
        do {
            let bench = try Bench(settings)
            try bench.put(entries(1...1_000))
            #expect(try bench.keepHouse() == [])
            try bench.put(entries(1_001...1_600))
            #expect(try bench.keepHouse() == [256, 512, 600])
            try expect(bench, from: 601, to: 1_600)
        }
        // A later start counts what there is, and the numbers go on.
        let bench = try Bench(settings)
        #expect(seqs(try bench.put([message("x", text: "every 你好")])) == [1_601])
        #expect(try bench.keepHouse() == [601])
        #expect(seqs(try bench.put([message("2"), message("1600")])) == [1_602, -1_600], "an id that went is free")
    }

    @Test func whatIsDeletedBeforeItWasIndexedIsNotFoundAndHarmsNothing() throws {
        let bench = try Bench(LedgerSettings(path: scratch.path, keepMessages: 10))
        try bench.put(entries(1...300))
        try bench.keepHouse()
        try expect(bench, from: 291, to: 300)
    }

    @Test func entriesAboutUsersCountWhereTheyAreMany() throws {
        let bench = try Bench(LedgerSettings(keepMessages: 10))
        try bench.put([claim("Ada")] + (1...100).map { .seen(ada, at: $0) })
        #expect(try bench.keepHouse() == [61])
        #expect(try bench.store.snapshot().users.map(\.seen) == [100])
    }

    @Test func inMemoryThereIsAlwaysALimit() throws {
        let bench = try Bench()
        let limit = LedgerLimits.messagesInMemory
        try bench.put((1...limit).map { message("\($0)") })
        #expect(try bench.keepHouse() == [])
        try bench.put([message("x")])
        #expect(try bench.keepHouse() == [1])
        let file = try Bench(LedgerSettings(path: scratch.path))
        try file.put((1...limit + 1).map { message("\($0)") })
        #expect(try file.keepHouse() == [])
    }

    @Test func byAgeOnceAMinute() throws {
        let bench = try Bench(LedgerSettings(path: scratch.path, keepDays: 2))
        #expect(bench.housekeeping.lookMilliseconds == 60_000)
        try bench.put(entries(1...900) { number in number <= 600 ? day : 2 * day })
        #expect(try bench.keepHouse(wall: 3 * day, monotonic: 5) == [])
        #expect(try bench.keepHouse(wall: 3 * day + 1, monotonic: 5) == [], "it looked just now")
        #expect(try bench.keepHouse(wall: 3 * day + 1, monotonic: 60_004) == [])
        #expect(try bench.keepHouse(wall: 3 * day + 1, monotonic: 60_005) == [256, 512, 600])
        try expect(bench, from: 601, to: 900)
        #expect(try bench.keepHouse(wall: 9 * day, monotonic: 120_005) == [856, 900])
        #expect(try bench.store.snapshot().retentionFloor == 900)
    }

    @Test func ageDeletesOnlyFromTheBeginning() throws {
        let bench = try Bench(LedgerSettings(keepDays: 1))
        try bench.put([message("a", at: 0), message("b", at: 9 * day), message("c", at: 0)])
        #expect(try bench.keepHouse(wall: 3 * day) == [1])
    }

    private func used(_ bench: Bench) throws -> Int64 {
        let database = bench.store.database
        return try (database.integer("PRAGMA page_count") - database.integer("PRAGMA freelist_count")) * 4_096
    }

    @Test(arguments: [60, 6_000, 30_000]) func bySize(textBytes: Int) throws {
        let bench = try Bench(LedgerSettings(path: scratch.path, keepMegabytes: 2))
        let padding = String(repeating: "lorem ipsum ", count: textBytes / 12)
        var random = Seeded(state: 1)
        var last = 0
        var floors: [UInt64] = []
        for _ in 0..<12 {
            let count = 600_000 / (textBytes + 200)
            let numbers = last + 1...last + count
            try bench.put(numbers.map { message("\($0)", text: "every \(padding) \(random.next())") })
            last += count
            floors += try bench.keepHouse()
            #expect(try used(bench) <= 2 << 20)
        }
        let floor = try bench.store.snapshot().retentionFloor
        #expect(floors.last == floor && floors == floors.sorted() && floor > 0)
        // No more was deleted than had to be.
        let kept = try used(bench)
        #expect(kept > 1 << 20)
        let indexed = try bench.store.database.integer("SELECT count(*) FROM texts WHERE texts MATCH 'every'")
        #expect(Int(indexed) == last - Int(floor))
    }

    @Test func theFileShrinks() throws {
        let text = String(repeating: "lorem ipsum ", count: 500)
        try Bench(LedgerSettings(path: scratch.path)).put((1...2_000).map { message("\($0)", text: text) })
        #expect(try size(scratch.path) > 11 << 20)
        do {
            let bench = try Bench(LedgerSettings(path: scratch.path, keepMessages: 100))
            try bench.keepHouse()
        }
        #expect(try size(scratch.path) < 4 << 20)
    }

    @Test func underLoadItKeepsUp() throws {
        let bench = try Bench(LedgerSettings(keepMessages: 1_000))
        let now = Moment(wall: 0, monotonic: 0)
        _ = try bench.housekeeping.stepUnderLoad(now)
        try bench.put(entries(1...1_255))
        #expect(try bench.housekeeping.stepUnderLoad(now) == .nothing)
        try bench.put(entries(1_256...2_000))
        #expect(try bench.housekeeping.stepUnderLoad(now) == .forgot(256))
        #expect(try bench.housekeeping.stepUnderLoad(now) == .forgot(512))
        #expect(try bench.housekeeping.stepUnderLoad(now) == .forgot(768))
        #expect(try bench.housekeeping.stepUnderLoad(now) == .nothing)
    }

    @Test func aDeletionThatFailsDeletesNothing() throws {
        let bench = try Bench(LedgerSettings(keepMessages: 1))
        try bench.put(entries(1...3))
        try bench.store.database.execute("ALTER TABLE meta RENAME TO away")
        #expect(throws: SQLiteError.self) { try bench.keepHouse() }
        try bench.store.database.execute("ALTER TABLE away RENAME TO meta")
        #expect(try bench.keepHouse(monotonic: LedgerLimits.lookMilliseconds) == [2])
        try expect(bench, from: 3, to: 3)
    }
}
