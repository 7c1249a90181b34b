import Chat
import FoundationEssentials
import SQLite
import Testing

@testable import Ledger

@Suite struct SearchIndexTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private var settings: LedgerSettings { LedgerSettings(path: folder.ledger) }
    private let now = Moment(wall: 0, monotonic: 0)

    @Test func textsAreIndexedInStepsAndOverAReopening() throws {
        let fixture = try LedgerFixture(settings)
        try fixture.put((1...2 * LedgerLimits.stepEntries).map { message("\($0)", text: "word\($0)") })
        #expect(try fixture.maintenance.step(now) == .done)
        let indexed = "SELECT count(*) FROM texts WHERE texts MATCH"
        #expect(try fixture.store.database.integer("\(indexed) 'word1'") == 1)
        #expect(try fixture.store.database.integer("\(indexed) 'word\(2 * LedgerLimits.stepEntries)'") == 0)
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
        try fixture.put([801, 802].map { .change(Change(message: $0, kind: .deletion)) })
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
}
