import Chat
import Ledger
import SQLite
import Testing

@Suite struct SQLiteLedgerTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test func everyEntryComesOutOnceInOrder() throws {
        let ledger = try SQLiteLedger(path: scratch.path, durability: .process)
        let entries = (1...3_000).map { message("\($0)") }
        for entry in entries { ledger.append(entry) }
        let expected = entries.enumerated().map { Outcome.committed(Committed(seq: UInt64($0 + 1), entry: $1)) }
        #expect(try outcomes(of: ledger, 3_000) == expected)
    }

    @Test func whatWasAppendedIsThereAfterTheEnd() throws {
        do {
            let ledger = try SQLiteLedger(path: scratch.path, durability: .power)
            for index in 1...100 { ledger.append(message("\(index)")) }
        }
        #expect(try SQLiteLedger(path: scratch.path, durability: .process).newest == 100)
    }

    @Test func whatCannotBeStoredIsRefusedAndItHeals() throws {
        let ledger = try SQLiteLedger(path: scratch.path, durability: .process)
        let other = try Database(path: scratch.path)
        try other.execute("ALTER TABLE events RENAME TO away")
        ledger.append(message("a"))
        guard case .refused(let entry, let reason)? = try outcomes(of: ledger, 1).first else {
            Issue.record("it was not refused")
            return
        }
        #expect(entry == message("a") && reason.description.contains(scratch.path))
        try other.execute("ALTER TABLE away RENAME TO events")
        ledger.append(message("a"))
        #expect(try outcomes(of: ledger, 1) == [.committed(Committed(seq: 1, entry: message("a")))])
    }

    @Test func aFullQueueRefusesAndLosesNothing() throws {
        let ledger = try SQLiteLedger(path: scratch.path, durability: .process)
        let blocker = try Database(path: scratch.path)
        try blocker.execute("BEGIN IMMEDIATE")
        for index in 1...20_000 { ledger.append(message("\(index)")) }
        try blocker.execute("COMMIT")
        let all = try outcomes(of: ledger, 20_000)
        let refused = all.filter { if case .refused = $0 { true } else { false } }.count
        #expect(refused > 0 && refused < 20_000)
        #expect(all.count == 20_000)
    }
}
