import Chat
import FoundationEssentials
import SQLite
import Testing

@testable import Ledger

@Suite struct MaintenanceTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private var settings: LedgerSettings { LedgerSettings(path: folder.ledger) }
    private let now = Moment(wall: 0, monotonic: 0)

    @Test func textsAreIndexedInStepsAndOverAReopening() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put((1...2 * LedgerLimits.stepEntries).map { message("\($0)", text: "word\($0)") })
        #expect(try fixture.maintenance.step(now) == .done)
        #expect(fixture.found("word1") != [] && fixture.found("word\(2 * LedgerLimits.stepEntries)") == [])
        let again = try LedgerFixture(settings)
        try again.put([.seen(ada, at: 1), message("last", text: "last")])
        try again.runMaintenance()
        #expect(again.found("word512") == [512] && again.found("last") == [514] && again.found("word77") == [77])
    }

    @Test func aStepTakesFewBytes() throws {
        let fixture = try LedgerFixture(settings)
        let text = "word " + String(repeating: "x", count: LedgerLimits.stepBytes / 2)
        try fixture.put((1...4).map { message("\($0)", text: text) })
        #expect(try fixture.maintenance.step(now) == .done)
        #expect(try fixture.store.database.integer("SELECT count(*) FROM texts WHERE texts MATCH 'word'") == 2)
    }

    @Test func underLoadThereIsAStepNowAndThen() throws {
        let fixture = try LedgerFixture(settings)
        let wait = LedgerLimits.loadedMilliseconds
        func step(_ time: Int64) throws -> Maintenance.Step {
            try fixture.maintenance.stepUnderLoad(Moment(wall: 0, monotonic: time))
        }
        try fixture.put([message("a")])
        #expect(try step(1_000) == .done)
        try fixture.put([message("b")])
        #expect(try step(999 + wait) == .nothing)
        #expect(try step(1_000 + wait) == .done)
        #expect(fixture.found("hi") == [2, 1])
    }

    @Test func privateMessagesGetTheirRowsInStepsAndBeforeTheyAreTooMany() throws {
        let fixture = try LedgerFixture(settings)
        let limit = Int(LedgerLimits.unindexedPrivates)
        var rows: Int64 { get throws { try fixture.store.database.integer("SELECT count(*) FROM privates") } }
        try fixture.put([message("first")])
        try fixture.put((1...limit - 2).map { whisper("\($0)", to: bob) })
        #expect(try fixture.maintenance.stepUnderLoad(now) == .nothing)
        try fixture.put([whisper("last", to: bob), whisper("own", to: ada)])
        #expect(try rows == 0)
        #expect(try fixture.maintenance.stepUnderLoad(now) == .done)
        #expect(try rows == 2 * LedgerLimits.indexedPrivates - 2)
        #expect(try fixture.maintenance.stepUnderLoad(now) == .nothing)
        try fixture.runMaintenance()
        #expect(try rows == Int64(2 * limit - 1))
        // Without private messages a step only stores how far the index is.
        try fixture.put((1...limit).map { message("m\($0)") })
        #expect(try fixture.maintenance.stepUnderLoad(now) == .done)
        let end = Int64(2 * limit + 1)
        #expect(try fixture.store.database.integer("SELECT value FROM meta WHERE key = 'placed'") == end)
    }

    @Test func afterAFailureThereIsAPause() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([message("a")])
        try fixture.store.database.execute("ALTER TABLE meta RENAME TO away")
        func step(_ time: Int64) throws -> Maintenance.Step {
            try fixture.maintenance.step(Moment(wall: 0, monotonic: time))
        }
        #expect(fixture.maintenance.idleMilliseconds == nil)
        #expect(throws: SQLiteError.self) { try step(0) }
        #expect(try step(LedgerLimits.retryMilliseconds - 1) == .nothing)
        #expect(fixture.maintenance.isPaused && fixture.maintenance.idleMilliseconds != nil)
        #expect(throws: SQLiteError.self) { try step(LedgerLimits.retryMilliseconds) }
        try fixture.store.database.execute("ALTER TABLE away RENAME TO meta")
        #expect(try step(2 * LedgerLimits.retryMilliseconds) == .done)
        #expect(!fixture.maintenance.isPaused && fixture.found("hi") == [1])
    }

    /// Whether the text was indexed or not, in an index of many segments, and also after a reopening.
    @Test(arguments: [false, true]) func noWordOfADeletedTextStaysInTheFile(isReopened: Bool) throws {
        var fixture = try LedgerFixture(settings)
        for round in 0..<40 {
            try fixture.put((0..<20).map { message("\(round)-\($0)", text: "word\(round) common\($0)") })
            try fixture.runMaintenance()
        }
        try fixture.put([message("early", text: "a doomed word")])
        try fixture.runMaintenance()
        #expect(try isInFile("doomed", fixture))
        try fixture.put([message("late", text: "a kaputt word")])
        try fixture.put([801, 802].map { .deletion(Deletion(message: $0, place: .room("lobby"))) })
        if isReopened { fixture = try LedgerFixture(settings) }
        try fixture.runMaintenance()
        #expect(fixture.found("doomed") == [] && fixture.found("kaputt") == [] && fixture.found("word7")?.count == 20)
        #expect(try fixture.maintenance.step(now) == .nothing)
        for word in ["doomed", "kaputt"] { #expect(try !isInFile(word, fixture)) }
    }

    private func isInFile(_ word: String, _ fixture: LedgerFixture) throws -> Bool {
        #expect(try fixture.store.database.integer("PRAGMA wal_checkpoint(TRUNCATE)") == 0)
        return try Array(Data(contentsOf: URL(filePath: folder.ledger))).contains(Array(word.utf8))
    }

    @Test func theLogIsCheckpointedAndUsedAgain() throws {
        let fixture = try LedgerFixture(settings)
        let text = String(repeating: "x", count: 8_000)
        for round in 0..<20 {
            try fixture.put((0..<100).map { message("\(round)-\($0)", text: text) })
            try fixture.runMaintenance()
        }
        // 16 MB were written through it.
        #expect(try size(folder.ledger + "-wal") < 4 << 20)
        #expect(try size(folder.ledger) > 12 << 20)
    }

    @Test func underLoadTheLogIsBoundedToo() throws {
        let fixture = try LedgerFixture(settings)
        let text = String(repeating: "x", count: 8_000)
        for round in 0..<60 {
            try fixture.put((0..<100).map { message("\(round)-\($0)", text: text) })
            _ = try fixture.maintenance.stepUnderLoad(now)
        }
        // 48 MB were written through it.
        #expect(try size(folder.ledger + "-wal") < 20 << 20)
    }

    @Test func anAnswerEndsItsReadTransaction() throws {
        let fixture = try LedgerFixture(settings)
        let database = try Database(path: folder.ledger, isReadOnly: true)
        let queries = try Queries(database, place: "x") { false }
        try fixture.put([message("a")])
        try fixture.runMaintenance()
        let all: [Query] = [
            .page(.room("lobby"), before: 9, limit: 9),
            .missed(ada, rooms: ["lobby"], after: 0, upTo: 9, limit: 9, atMost: 9),
            .search("hi", ada, rooms: ["lobby"], privates: .all, before: 9, limit: 9),
        ]
        for query in all { #expect(numbers(queries.answer(query)) == [1]) }
        try fixture.put([message("b")])
        // An open read transaction would block this checkpoint.
        #expect(try fixture.store.database.integer("PRAGMA wal_checkpoint(TRUNCATE)") == 0)
    }
}
