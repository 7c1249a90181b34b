import Chat
import FoundationEssentials
import Host
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

    @Test func duringRetentionTheLogIsBounded() throws {
        let fixture = try LedgerFixture(settings)
        var random = Seeded(state: 1)
        for round in 0..<20 {
            try fixture.put((0..<1_000).map { message("\(round)-\($0)", text: "\(random.next()) \(random.next())") })
            try fixture.runMaintenance()
        }
        try fixture.maintenance.reconfigure(LedgerSettings(path: folder.ledger, keepMessages: 100), now)
        var largest = 0
        while try fixture.maintenance.step(now) != .nothing { largest = max(largest, try size(folder.ledger + "-wal")) }
        #expect(try fixture.store.snapshot().retentionFloor == 19_900)
        #expect(largest < 20 << 20)
    }

    @Test func afterAFullDiskTheLogIsUsedAgain() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([message("a")])
        try fixture.runMaintenance()
        try fixture.put((1...100).map { message("\($0)") })
        let before = try size(folder.ledger + "-wal")
        fixture.maintenance.noteFull()
        #expect(try fixture.maintenance.stepUnderLoad(now) == .done)
        try fixture.put([message("b")])
        #expect(try size(folder.ledger + "-wal") == before)
    }

    @Test func aReaderWithoutAnEndIsReportedAndRetentionWaits() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([message("a")])
        let reader = try Database(path: folder.ledger, isReadOnly: true)
        try reader.execute("BEGIN; SELECT count(*) FROM events")
        try fixture.maintenance.reconfigure(LedgerSettings(path: folder.ledger, keepMessages: 10), now)
        let text = String(repeating: "x", count: 8_000)
        for round in 0..<100 {
            try fixture.put((0..<100).map { message("\(round)-\($0)", text: text) })
            #expect(try fixture.maintenance.step(Moment(wall: 0, monotonic: Int64(round) * 2_000)) != .nothing)
        }
        let problem = try #require(fixture.maintenance.problem?.description)
        #expect(problem.contains("has grown over 64 MiB") && problem.contains(folder.ledger))
        let floor = try fixture.store.snapshot().retentionFloor
        for time in 0..<50 {
            _ = try fixture.maintenance.step(Moment(wall: 0, monotonic: 300_000 + Int64(time) * 2_000))
        }
        #expect(try fixture.store.snapshot().retentionFloor == floor && floor < 9_991)
        try reader.execute("COMMIT")
        try fixture.runMaintenance(monotonic: 500_000)
        #expect(try fixture.maintenance.problem == nil && fixture.store.snapshot().retentionFloor == 9_991)
        #expect(try size(folder.ledger + "-wal") < 20 << 20)
    }

    @Test func afterADeletionTheLogIsEmptied() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.runMaintenance()
        try fixture.put([message("a", text: "a secret text"), message("b", text: "another")])
        try fixture.runMaintenance(monotonic: 30_000)
        #expect(try contents(folder.ledger + "-wal").contains("secret"))
        try fixture.put([.change(Change(message: 1, kind: .deletion))])
        #expect(fixture.maintenance.idleMilliseconds == Int32(LedgerLimits.retryMilliseconds))
        try fixture.runMaintenance(monotonic: 60_000)
        #expect(try size(folder.ledger + "-wal") == 0)
        #expect(try !contents(folder.ledger).contains("secret"))
    }

    @Test(arguments: [true, false]) func soItIsUnderLoadAndAfterACrash(isCrash: Bool) throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put([message("a", text: "a secret text")])
        try fixture.put([.change(Change(message: 1, kind: .deletion))])
        // The first fixture stands for the process that crashed: it makes no more steps.
        let next = isCrash ? try LedgerFixture(settings) : fixture
        for time: Int64 in 0..<10 {
            _ = try next.maintenance.stepUnderLoad(Moment(wall: 0, monotonic: 60_000 + time * 200))
        }
        #expect(try !contents(folder.ledger + "-wal").contains("secret") && !contents(folder.ledger).contains("secret"))
    }

    private func contents(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }
}
