import Chat
import FoundationEssentials
import Host
import SQLite
import Testing

@testable import Ledger

@Suite struct LedgerFileTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test func aCopyHoldsWhatWasCommitted() throws {
        let bench = try Bench(LedgerSettings(path: scratch.path))
        try bench.put([message("a", text: "one"), message("b", room: "attic"), whisper("c", to: bob)])
        let copy = scratch.path + "-copy"
        try LedgerFile.backup(scratch.path, to: copy)
        try bench.put([message("d", text: "two")])
        #expect(try texts(of: copy) == ["one"])
        #expect(try texts(of: scratch.path) == ["one", "two"])
        // One file, and a ledger as any other.
        #expect(!FileManager.default.fileExists(atPath: copy + "-wal"))
        #expect(try Store(LedgerSettings(path: copy)).snapshot().seq == 3)
    }

    @Test func anExportEndsWhenItsReaderDoes() throws {
        let bench = try Bench(LedgerSettings(path: scratch.path))
        try bench.put((0..<10).map { message("\($0)") })
        var count = 0
        try LedgerFile.export(scratch.path, room: "lobby") { _ in
            count += 1
            return count < 3
        }
        #expect(count == 3)
    }

    @Test func whatIsNoLedgerIsRefused() throws {
        #expect(throws: LedgerError.self) { try LedgerFile.backup(scratch.path, to: scratch.path + "2") }
        try Database(path: scratch.path).execute("PRAGMA user_version = 1")
        let error = #expect(throws: LedgerError.self) {
            try LedgerFile.export(scratch.path, room: "lobby") { _ in true }
        }
        #expect(error?.description.contains("is of format 1, this command knows \(Format.version)") == true)
    }

    private func texts(of path: String) throws -> [String] {
        struct Event: Decodable { var text: String }
        var texts: [String] = []
        try LedgerFile.export(path, room: "lobby") { event in
            texts += (try? JSONDecoder().decode(Event.self, from: Data(event))).map { [$0.text] } ?? ["unreadable"]
            return true
        }
        return texts
    }
}
