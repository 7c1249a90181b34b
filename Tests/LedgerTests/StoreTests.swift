import Chat
import FoundationEssentials
import SQLite
import Testing

@testable import Ledger

@Suite struct StoreTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private func open() throws -> Store { try Store(path: scratch.path, durability: .process) }

    private func seqs(_ outcomes: [Outcome]) -> [Int] {
        outcomes.map { outcome in
            switch outcome {
            case .committed(let committed): Int(committed.seq)
            case .repeated(let committed): -Int(committed.seq)
            case .refused: 0
            }
        }
    }

    @Test func numbersGrowByOneAndGoOnAfterAReopening() throws {
        do {
            let store = try open()
            #expect(try store.newest() == 0)
            #expect(seqs(try store.commit([message("a"), message("b")])) == [1, 2])
        }
        let store = try open()
        #expect(try store.newest() == 2)
        #expect(seqs(try store.commit([message("c")])) == [3])
    }

    @Test func aRepeatGetsTheFirstNumberAndTheFirstText() throws {
        let store = try open()
        _ = try store.commit([message("a", text: "first"), message("a", from: "Bob")])
        let again = try store.commit([message("a", text: "second"), message("b"), message("b")])
        #expect(seqs(again) == [-1, 3, -3])
        guard case .repeated(let committed) = again[0], case .message(let first) = committed.entry else {
            Issue.record("no repeat")
            return
        }
        #expect(first.text == "first")
    }

    @Test func whatCannotBeOpenedSaysWhatToDo() throws {
        #expect(throws: LedgerError.self) { try Store(path: "/nowhere/x", durability: .process) }
        do {
            let database = try Database(path: scratch.path)
            try database.execute("PRAGMA user_version = 99")
        }
        let newer = #expect(throws: LedgerError.self) { try open() }
        #expect(newer?.description.contains("newer Chatrelay (format 99; this one knows 1)") == true)
    }

    @Test func aFileThatIsNoLedgerIsNamedDamaged() throws {
        try Array(repeating: "not a database ", count: 500).joined()
            .write(toFile: scratch.path, atomically: false, encoding: .utf8)
        let damaged = #expect(throws: LedgerError.self) { try open() }
        #expect(damaged?.description.contains("damaged") == true)
    }
}
