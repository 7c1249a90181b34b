import Chat
import SQLite
import Testing

@testable import Ledger

@Suite struct PrivatesTableTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private var settings: LedgerSettings { LedgerSettings(path: folder.ledger) }
    private let now = Moment(wall: 0, monotonic: 0)

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
}
