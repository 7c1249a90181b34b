import Chat
import SQLite
import Testing

@testable import Ledger

@Suite struct MaintenanceTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private var settings: LedgerSettings { LedgerSettings(path: folder.ledger) }
    private let now = Moment(wall: 0, monotonic: 0)

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
