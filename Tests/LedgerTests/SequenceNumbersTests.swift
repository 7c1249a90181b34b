import Chat
import FoundationEssentials
import Linux
import SQLite
import Testing

@testable import Ledger

@Suite struct SequenceNumbersTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func open(seen: LedgerPosition? = nil) throws -> Store {
        try Store(LedgerSettings(path: folder.ledger), try FoundFile(folder.ledger, milliseconds: 0), seen: seen)
    }

    private func put(_ ids: [String], _ store: Store) throws -> [Int] {
        seqs(try store.commit(ids.map { QueuedEntry(entry: message($0)) }[...]))
    }

    /// Whether the test's file system keeps the mark.
    private var isMarked: Bool { LedgerMark.read(folder.ledger) != nil }

    private var reserved: Int64 {
        get throws {
            try Database(path: folder.ledger, isReadOnly: true).integer("SELECT value FROM meta WHERE key = 'reserved'")
        }
    }

    @Test func aNumberIsReservedBeforeItIsGiven() throws {
        let store = try open()
        #expect(try put(["a", "b"], store) == [1, 2])
        #expect(try reserved == LedgerLimits.reservedNumbers)
        store.numbers.last = LedgerLimits.reservedNumbers - 1
        #expect(try put(["c", "d"], store) == [65_536, 65_537])
        #expect(try reserved == 65_537 + LedgerLimits.reservedNumbers)
    }

    @Test func aClosedLedgerGoesOnWithTheNextNumber() throws {
        let ledger: String
        do {
            let store = try open()
            ledger = store.numbers.ledger
            _ = try put(["a", "b"], store)
            store.numbers.close()
        }
        #expect(try reserved == 2)
        let store = try open()
        #expect(store.numbers.beginning == .complete && store.numbers.ledger == ledger)
        #expect(try put(["c"], store) == [3])
    }

    @Test func withoutKnowledgeOfTheTimeBeforeABlockIsSkipped() throws {
        do {
            let store = try open()
            _ = try put(["a", "b"], store)
            // As on a file system without extended attributes.
            try store.database.execute("DELETE FROM meta WHERE key = 'mark'")
        }
        do {
            let store = try open()
            #expect(store.numbers.beginning == .skipping(to: 65_536))
            #expect(try store.snapshot().seq == 65_536)
            try store.database.execute("DELETE FROM meta WHERE key = 'mark'")
        }
        // Nothing was given since, but it was told.
        do {
            let store = try open()
            #expect(try store.snapshot().seq == 131_072)
            #expect(try put(["c"], store) == [131_073])
        }
        // Crash records know it.
        let ledger = try open().numbers.ledger
        let store = try open(seen: LedgerPosition(ledger: ledger, seq: 131_073))
        #expect(store.numbers.beginning == .complete)
        #expect(try put(["d"], store) == [131_074])
    }

    @Test func privateMessagesAreFoundAboveASkippedBlock() throws {
        let fixture = try LedgerFixture(LedgerSettings(path: folder.ledger))
        try fixture.put([whisper("a", to: bob)])
        try fixture.runMaintenance()
        let store = try open()
        _ = try store.commit([QueuedEntry(entry: whisper("b", to: bob))][...])
        #expect(try store.snapshot().seq > 1)
    }

    @Test func aMarkedFileThatIsPutBackIsAnotherLedger() throws {
        var files: [Data] = []
        let ledger: String
        do {
            let store = try open()
            guard isMarked else { return }
            ledger = store.numbers.ledger
            _ = try put(["a", "b"], store)
            files = try ["", "-wal"].map { try Data(contentsOf: URL(filePath: folder.ledger + $0)) }
            _ = try put(["c"], store)
        }
        for (suffix, bytes) in zip(["", "-wal"], files) { try bytes.write(to: URL(filePath: folder.ledger + suffix)) }
        let store = try open()
        #expect(store.numbers.beginning != .complete && store.numbers.ledger != ledger)
    }

    @Test func eachOpeningOfABackupIsAnotherLedger() throws {
        var ids: Set<String> = []
        do {
            let store = try open()
            ids.insert(store.numbers.ledger)
            _ = try put(["a", "b"], store)
            try LedgerFile.backup(folder.ledger, to: folder.ledger + "-copy")
        }
        ids.insert(
            try Database(path: folder.ledger + "-copy").text("SELECT value FROM meta WHERE key = 'ledger'") ?? "")
        for count in 3...4 {
            Process.removeFile(folder.ledger)
            try Files.copy(folder.ledger + "-copy", to: folder.ledger)
            // As a killed daemon leaves it: SQLite would apply it.
            try Data("not of this ledger".utf8).write(to: URL(filePath: folder.ledger + "-wal"))
            let store = try open()
            #expect(store.numbers.beginning == .copied)
            ids.insert(store.numbers.ledger)
            #expect(ids.count == count)
            #expect(try put(["c"], store) == [3])
        }
    }
}
