import Chat
import FoundationEssentials
import SQLite
import Testing

@testable import Ledger

@Suite struct HousekeepingTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private var settings: LedgerSettings { LedgerSettings(path: scratch.path) }
    private let now = Moment(wall: 0, monotonic: 0)

    @Test func textsAreIndexedInStepsAndOverAReopening() throws {
        let bench = try Bench(settings)
        try bench.put((1...2 * LedgerLimits.stepEntries).map { message("\($0)", text: "word\($0)") })
        #expect(try bench.housekeeping.step(now) == .done)
        #expect(bench.found("word1") != [] && bench.found("word\(2 * LedgerLimits.stepEntries)") == [])
        let again = try Bench(settings)
        try again.put([.seen(ada, at: 1), message("last", text: "last")])
        try again.keepHouse()
        #expect(again.found("word512") == [512] && again.found("last") == [514] && again.found("word77") == [77])
    }

    @Test func aStepTakesFewBytes() throws {
        let bench = try Bench(settings)
        let text = "word " + String(repeating: "x", count: LedgerLimits.stepBytes / 2)
        try bench.put((1...4).map { message("\($0)", text: text) })
        #expect(try bench.housekeeping.step(now) == .done)
        #expect(try bench.store.database.integer("SELECT count(*) FROM texts WHERE texts MATCH 'word'") == 2)
    }

    @Test func underLoadThereIsAStepNowAndThen() throws {
        let bench = try Bench(settings)
        let wait = LedgerLimits.loadedMilliseconds
        func step(_ time: Int64) throws -> Housekeeping.Step {
            try bench.housekeeping.stepUnderLoad(Moment(wall: 0, monotonic: time))
        }
        try bench.put([message("a")])
        #expect(try step(1_000) == .done)
        try bench.put([message("b")])
        #expect(try step(999 + wait) == .nothing)
        #expect(try step(1_000 + wait) == .done)
        #expect(bench.found("hi") == [2, 1])
    }

    @Test func privateMessagesGetTheirRowsInStepsAndBeforeTheyAreTooMany() throws {
        let bench = try Bench(settings)
        let limit = Int(LedgerLimits.unplacedEntries)
        var rows: Int64 { get throws { try bench.store.database.integer("SELECT count(*) FROM privates") } }
        try bench.put([message("first")])
        try bench.put((1...limit - 2).map { whisper("\($0)", to: bob) })
        #expect(try bench.housekeeping.stepUnderLoad(now) == .nothing)
        try bench.put([whisper("last", to: bob), whisper("own", to: ada)])
        #expect(try rows == 0)
        #expect(try bench.housekeeping.stepUnderLoad(now) == .done)
        #expect(try rows == 2 * LedgerLimits.placedEntries - 2)
        #expect(try bench.housekeeping.stepUnderLoad(now) == .nothing)
        try bench.keepHouse()
        #expect(try rows == Int64(2 * limit - 1))
        // Where there are none it is enough to say how far they have been put.
        try bench.put((1...limit).map { message("m\($0)") })
        #expect(try bench.housekeeping.stepUnderLoad(now) == .done)
        let end = Int64(2 * limit + 1)
        #expect(try bench.store.database.integer("SELECT value FROM meta WHERE key = 'placed'") == end)
    }

    @Test func afterAFailureItRestsAWhile() throws {
        let bench = try Bench(settings)
        try bench.put([message("a")])
        try bench.store.database.execute("ALTER TABLE meta RENAME TO away")
        func step(_ time: Int64) throws -> Housekeeping.Step {
            try bench.housekeeping.step(Moment(wall: 0, monotonic: time))
        }
        #expect(bench.housekeeping.lookMilliseconds == nil)
        #expect(throws: SQLiteError.self) { try step(0) }
        #expect(try step(LedgerLimits.retryMilliseconds - 1) == .nothing)
        #expect(bench.housekeeping.isPaused && bench.housekeeping.lookMilliseconds != nil)
        #expect(throws: SQLiteError.self) { try step(LedgerLimits.retryMilliseconds) }
        try bench.store.database.execute("ALTER TABLE away RENAME TO meta")
        #expect(try step(2 * LedgerLimits.retryMilliseconds) == .done)
        #expect(!bench.housekeeping.isPaused && bench.found("hi") == [1])
    }

    /// Indexed or not yet, in a small index or one of many parts, and over a reopening: no word of it stays in the file.
    @Test(arguments: [false, true]) func noWordOfAWithdrawnTextStays(isReopened: Bool) throws {
        var bench = try Bench(settings)
        for round in 0..<40 {
            try bench.put((0..<20).map { message("\(round)-\($0)", text: "word\(round) common\($0)") })
            try bench.keepHouse()
        }
        try bench.put([message("early", text: "a doomed word")])
        try bench.keepHouse()
        #expect(try isInFile("doomed", bench))
        try bench.put([message("late", text: "a kaputt word")])
        try bench.put([801, 802].map { .deletion(Deletion(message: $0, audience: .room("lobby"))) })
        if isReopened { bench = try Bench(settings) }
        try bench.keepHouse()
        #expect(bench.found("doomed") == [] && bench.found("kaputt") == [] && bench.found("word7")?.count == 20)
        #expect(try bench.housekeeping.step(now) == .nothing)
        for word in ["doomed", "kaputt"] { #expect(try !isInFile(word, bench)) }
    }

    private func isInFile(_ word: String, _ bench: Bench) throws -> Bool {
        #expect(try bench.store.database.integer("PRAGMA wal_checkpoint(TRUNCATE)") == 0)
        return try Array(Data(contentsOf: URL(filePath: scratch.path))).contains(Array(word.utf8))
    }

    @Test func theLogIsWrittenBackAndUsedAgain() throws {
        let bench = try Bench(settings)
        let text = String(repeating: "x", count: 8_000)
        for round in 0..<20 {
            try bench.put((0..<100).map { message("\(round)-\($0)", text: text) })
            try bench.keepHouse()
        }
        // 16 MB went through it.
        #expect(try size(scratch.path + "-wal") < 4 << 20)
        #expect(try size(scratch.path) > 12 << 20)
    }

    @Test func underLoadTheLogIsBoundedToo() throws {
        let bench = try Bench(settings)
        let text = String(repeating: "x", count: 8_000)
        for round in 0..<60 {
            try bench.put((0..<100).map { message("\(round)-\($0)", text: text) })
            _ = try bench.housekeeping.stepUnderLoad(now)
        }
        // 48 MB went through it.
        #expect(try size(scratch.path + "-wal") < 20 << 20)
    }

    @Test func anAnswerLeavesNothingOpenThatHoldsTheLog() throws {
        let bench = try Bench(settings)
        let database = try Database(path: scratch.path, isReadOnly: true)
        let queries = try Queries(database, place: "x") { false }
        try bench.put([message("a")])
        try bench.keepHouse()
        let questions: [Query] = [
            .page(.room("lobby"), before: 9, limit: 9),
            .missed(ada, rooms: ["lobby"], after: 0, upTo: 9, limit: 9, atMost: 9),
            .search("hi", ada, rooms: ["lobby"], privates: .all, before: 9, limit: 9),
        ]
        for question in questions { #expect(numbers(queries.answer(question)) == [1]) }
        try bench.put([message("b")])
        // Blocked where a reader's transaction is open.
        #expect(try bench.store.database.integer("PRAGMA wal_checkpoint(TRUNCATE)") == 0)
    }
}
