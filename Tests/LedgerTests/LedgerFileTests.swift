import Chat
import FoundationEssentials
import Host
import SQLite
import Testing

@testable import Ledger

@Suite struct LedgerFileTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func aBackupHasAllCommittedEntries() throws {
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger))
        try fixture.put([message("a", text: "one"), message("b", room: "attic"), whisper("c", to: bob)])
        let copy = folder.ledger + "-copy"
        try LedgerFile.backup(folder.ledger, to: copy)
        try fixture.put([message("d", text: "two")])
        #expect(try texts(of: copy) == ["one"])
        #expect(try texts(of: folder.ledger) == ["one", "two"])
        // A single file, which can be opened as a ledger.
        #expect(!FileManager.default.fileExists(atPath: copy + "-wal"))
        #expect(try Store(LedgerSettings(path: copy)).snapshot().seq == 3)
    }

    @Test func anExportEndsWhenItsReaderDoes() throws {
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger))
        try fixture.put((0..<10).map { message("\($0)") })
        var count = 0
        try LedgerFile.export(folder.ledger, room: "lobby") { _ in
            count += 1
            return count < 3
        }
        #expect(count == 3)
    }

    @Test func anExportHoldsNoLogBetweenTwoPages() throws {
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger))
        try fixture.put((1...1_000).map { message("\($0)", room: $0.isMultiple(of: 3) ? "attic" : "lobby") })
        try fixture.put([.change(Change(message: 1, kind: .deletion))])
        var count = 0
        try LedgerFile.export(folder.ledger, room: "lobby") { _ in
            count += 1
            // Its own reader would keep the log from being emptied.
            if count < 400 { #expect((try? fixture.store.database.checkpoint(.truncating)) == true) }
            if count == 400 { #expect(throws: Never.self) { try fixture.put([message("new")]) } }
            return true
        }
        #expect(count == 666)
    }

    @Test func aFileThatIsNoLedgerIsRefused() throws {
        #expect(throws: LedgerError.self) { try LedgerFile.backup(folder.ledger, to: folder.ledger + "2") }
        try Database(path: folder.ledger).execute("PRAGMA user_version = 1")
        let error = #expect(throws: LedgerError.self) {
            try LedgerFile.export(folder.ledger, room: "lobby") { _ in true }
        }
        #expect(error?.description.contains("is of format 1, this command knows \(LedgerSchema.version)") == true)
    }

    private func texts(of path: String) throws -> [String] {
        struct ExportedEvent: Decodable { var text: String }
        var texts: [String] = []
        try LedgerFile.export(path, room: "lobby") { event in
            texts +=
                (try? JSONDecoder().decode(ExportedEvent.self, from: Data(event))).map { [$0.text] } ?? ["unreadable"]
            return true
        }
        return texts
    }
}
