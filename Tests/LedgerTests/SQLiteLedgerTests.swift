import Chat
import FoundationEssentials
import Glibc
import Host
import Ledger
import Linux
import Primitives
import SQLite
import Testing

/// The threads and their queues. The other suites test the contents of the file.
@Suite struct SQLiteLedgerTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private var settings: LedgerSettings { LedgerSettings(path: folder.ledger) }

    /// Another program's connection to the same file.
    private func other() throws -> Database {
        let database = try Database(path: folder.ledger)
        database.setBusyTimeout(milliseconds: 10_000)
        return database
    }

    private static let kinds = [true, false]
    private func settings(inMemory: Bool) -> LedgerSettings { inMemory ? LedgerSettings() : settings }

    @Test(arguments: kinds) func everyEntryComesOutOnceInOrderWithItsOrigin(inMemory: Bool) throws {
        let ledger = try SQLiteLedger(settings(inMemory: inMemory))
        let entries = (1...3_000).map { message("\($0)") }
        func origin(_ index: Int) -> SessionID? { index % 3 == 0 ? nil : SessionID(slot: UInt32(index), generation: 1) }
        for (index, entry) in entries.enumerated() { ledger.append(entry, from: origin(index)) }
        let expected = entries.enumerated().map { index, entry in
            LedgerOutcome.committed(Committed(seq: UInt64(index + 1), entry: entry), from: origin(index))
        }
        #expect(try outcomes(of: ledger, 3_000) == expected)
    }

    /// Bursts and pauses of random length, to find the writer at every point of its loop.
    @Test(arguments: kinds) func everyEntryWakesTheWriter(inMemory: Bool) throws {
        let folder = try TemporaryFolder()
        let ledger = try SQLiteLedger(LedgerSettings(path: inMemory ? nil : folder.ledger))
        var random = Seeded(state: 7)
        for round in 0..<2_000 {
            let burst = Int.random(in: 1...3, using: &random)
            for number in 0..<burst { ledger.append(message("\(round)-\(number)"), from: nil) }
            _ = try outcomes(of: ledger, burst)
            if round % 7 == 0 { usleep(UInt32.random(in: 0...300, using: &random)) }
            // Long enough for the writer to finish all maintenance and to wait without a limit.
            if round % 200 == 0 { usleep(60_000) }
        }
    }

    @Test func allAppendedEntriesAreCommittedAtTheEnd() throws {
        do {
            let ledger = try SQLiteLedger(LedgerSettings(path: folder.ledger, durability: .power))
            #expect(ledger.takeSnapshot().seq == 0)
            for index in 1...5_000 { ledger.append(message("\(index)"), from: nil) }
        }
        let snapshot = try SQLiteLedger(settings).takeSnapshot()
        #expect(snapshot.seq == 5_000 && snapshot.recent.last == Committed(seq: 5_000, entry: message("5000")))
        let hasLog = FileManager.default.fileExists(atPath: folder.ledger + "-wal")
        #expect(!hasLog, "it was not written back at the end")
    }

    @Test func anEntryThatCannotBeStoredIsRefusedAndTheLedgerRecovers() throws {
        let ledger = try SQLiteLedger(settings)
        let other = try other()
        try other.execute("ALTER TABLE events RENAME TO away")
        ledger.append(message("a"), from: nil)
        let refused = try outcomes(of: ledger) { $0.contains { if case .refused = $0 { true } else { false } } }
        // Maintenance may find the table missing first, and report that.
        guard
            case .refused(let entry, nil, let reason)? = refused.first(where: {
                if case .refused = $0 { true } else { false }
            })
        else {
            Issue.record("it was not refused")
            return
        }
        #expect(entry == message("a") && reason.description.contains(folder.ledger))
        try other.execute("ALTER TABLE away RENAME TO events")
        ledger.append(message("a"), from: nil)
        let committed = LedgerOutcome.committed(Committed(seq: 1, entry: message("a")), from: nil)
        #expect(try outcomes(of: ledger) { $0.contains(committed) }.contains(committed))
    }

    @Test func aFullQueueRefusesAndLosesNothing() throws {
        let ledger = try SQLiteLedger(settings)
        let blocker = try other()
        try blocker.execute("BEGIN IMMEDIATE")
        var taken = 0
        for index in 1...20_000 where ledger.append(message("\(index)"), from: nil) { taken += 1 }
        try blocker.execute("COMMIT")
        let all = try outcomes(of: ledger, 20_000)
        let refused = all.filter { if case .refused(_, _, let reason) = $0 { reason.isOverflow } else { false } }.count
        #expect(refused > 0 && refused < 20_000)
        #expect(refused == 20_000 - taken, "`append` returns false for each")
        #expect(all.count == 20_000)
    }

    /// 2,000 of the longest texts are 62.5 MiB.
    @Test func aQueueWithTooManyBytesRefusesAndLosesNothing() throws {
        let ledger = try SQLiteLedger(settings)
        let blocker = try other()
        try blocker.execute("BEGIN IMMEDIATE")
        let text = String(repeating: "x", count: ChatLimits.textBytes.upperBound)
        var taken = 0
        for index in 1...2_000 where ledger.append(message("\(index)", text: text), from: nil) { taken += 1 }
        try blocker.execute("COMMIT")
        let all = try outcomes(of: ledger, 2_000)
        let reasons = all.compactMap { if case .refused(_, _, let reason) = $0 { reason } else { nil } }
        #expect(reasons.count == 2_000 - taken && reasons.allSatisfy(\.isOverflow))
        // The writer has taken what was there when it began, and as much may wait.
        #expect((512...1_025).contains(taken))
        ledger.append(message("again"), from: nil)
        guard case .committed? = try outcomes(of: ledger, 1).first else {
            Issue.record("the queue is not empty")
            return
        }
    }

    @Test(arguments: kinds) func everyQueryIsAnsweredOnceAndTooManyFailAtOnce(inMemory: Bool) throws {
        let ledger = try SQLiteLedger(settings(inMemory: inMemory))
        for index in 1...200 { ledger.append(message("\(index)"), from: nil) }
        _ = try outcomes(of: ledger, 200)
        for number in 1...20_000 { ledger.read(UInt64(number), .page(.room("lobby"), before: 11, limit: 10), for: nil) }
        let answers = try outcomes(of: ledger, 20_000)
        let expected = Answer.entries((1...10).map { Committed(seq: $0, entry: message("\($0)")) }, more: false)
        var answered: Set<UInt64> = []
        var failed = 0
        for case .answered(let number, let answer) in answers {
            answered.insert(number)
            if case .failed(let reason) = answer {
                try #require(reason.contains("ledger queries wait (1024)"))
                failed += 1
            } else {
                #expect(answer == expected)
            }
        }
        #expect(answered.count == 20_000 && answers.count == 20_000 && failed > 0 && failed < 20_000)
    }

    @Test func queriesAreAnsweredWhileTheWriterWaitsForALock() throws {
        let ledger = try SQLiteLedger(settings)
        ledger.append(message("a"), from: nil)
        _ = try outcomes(of: ledger, 1)
        let blocker = try other()
        try blocker.execute("BEGIN IMMEDIATE")
        ledger.append(message("b"), from: nil)
        ledger.read(1, .page(.room("lobby"), before: 9, limit: 9), for: nil)
        let answer = Answer.entries([Committed(seq: 1, entry: message("a"))], more: false)
        #expect(try outcomes(of: ledger, 1) == [.answered(1, answer)])
        try blocker.execute("COMMIT")
        #expect(seqs(try outcomes(of: ledger, 1)) == [2])
    }

    @Test(arguments: kinds) func aCommittedMessageIsFoundSoon(inMemory: Bool) throws {
        let ledger = try SQLiteLedger(settings(inMemory: inMemory))
        ledger.append(message("a", text: "needle"), from: nil)
        var number: UInt64 = 0
        var found: [Committed] = []
        while found.isEmpty {
            number += 1
            ledger.read(number, .search("needle", ada, rooms: ["lobby"], privates: .all, before: 9, limit: 9), for: ada)
            let asked = number
            for case .answered(asked, .entries(let entries, more: false)) in try outcomes(
                of: ledger, until: { $0.contains { if case .answered(asked, _) = $0 { true } else { false } } })
            { found = entries }
            try #require(number < 10_000)
        }
        #expect(found == [Committed(seq: 1, entry: message("a", text: "needle"))])
    }

    /// Searches for a common word wait for each other, and nobody else waits for them.
    @Test func aPageDoesNotWaitForSearches() throws {
        let ledger = try SQLiteLedger(settings)
        let text = String(repeating: "tea ", count: 20)
        for index in 1...6_000 { ledger.append(message("\(index)", text: text), from: nil) }
        _ = try outcomes(of: ledger, 6_000)
        let search = Query.search("tea", ada, rooms: ["lobby"], privates: .all, before: .max, limit: 100)
        for number in 1...200 { ledger.read(UInt64(number), search, for: ada) }
        ledger.read(201, .page(.room("lobby"), before: 9, limit: 9), for: bob)
        let answers = try outcomes(of: ledger, 201).compactMap { outcome in
            if case .answered(let number, _) = outcome { number } else { nil }
        }
        let place = try #require(answers.firstIndex(of: 201))
        #expect(place < 100, "\(place) searches came first")
    }

    @Test(arguments: kinds) func deletionsByRetentionAreReported(inMemory: Bool) throws {
        let ledger = try SQLiteLedger(
            LedgerSettings(path: inMemory ? nil : folder.ledger, keepMessages: 1_000))
        for index in 1...6_000 { ledger.append(message("\(index)"), from: nil) }
        let all = try outcomes(of: ledger) { $0.last == .forgotten(upTo: 5_000) }
        let floors = all.compactMap { if case .forgotten(let seq) = $0 { seq } else { nil } }
        #expect(floors.count >= 5_000 / 1_024 && floors == floors.sorted())
        #expect(seqs(all).filter { $0 > 0 } == Array(1...6_000))
    }

    @Test func oldEntriesAreDeletedAtTheStart() throws {
        do { try SQLiteLedger(settings).append(message("a"), from: nil) }
        try Database(path: folder.ledger).execute(
            "INSERT OR REPLACE INTO meta VALUES ('clock', \(Linux.Clock.wall - ClockJumpDetector.tolerance / 2))")
        let ledger = try SQLiteLedger(LedgerSettings(path: folder.ledger, keepDays: 1))
        #expect(try outcomes(of: ledger, 1) == [.forgotten(upTo: 1)])
    }

    @Test func failedMaintenanceIsReportedOnceAndCommitsGoOn() throws {
        let ledger = try SQLiteLedger(settings)
        let other = try other()
        try other.execute("ALTER TABLE texts RENAME TO away")
        ledger.append(message("a"), from: nil)
        var all = try outcomes(of: ledger, 2)
        for index in 1...50 {
            ledger.append(message("\(index)"), from: nil)
            all += try outcomes(of: ledger, 1)
        }
        let problems = all.compactMap { if case .problem(let problem) = $0 { problem } else { nil } }
        #expect(problems.count == 1 && problems.first?.description.contains(folder.ledger) == true)
        #expect(all.count == 52)
    }

    @Test func aDamagedFileRefusesEntriesAndIsReportedOnce() throws {
        do {
            let ledger = try SQLiteLedger(settings)
            for index in 1...2_000 { ledger.append(message("\(index)", text: "some text"), from: nil) }
        }
        // Overwrites the first page of an index.
        let find = "SELECT rootpage FROM sqlite_schema WHERE name = 'events_once'"
        let root = try Database(path: folder.ledger).integer(find)
        let ledger = try SQLiteLedger(settings)
        let file = unsafe open(folder.ledger, O_WRONLY)
        try #require(file >= 0)
        let noise = Array(repeating: UInt8(0xAB), count: 4_096)
        #expect(unsafe pwrite(file, noise, noise.count, Int(root - 1) * 4_096) == noise.count)
        close(file)
        ledger.append(message("a"), from: nil)
        ledger.append(message("b"), from: nil)
        let all = try outcomes(of: ledger, 3)
        var refused = 0
        for case .refused(_, _, let reason) in all where reason.description.contains("restore it") { refused += 1 }
        var problems = 0
        for case .problem(let problem?) in all where problem.description.contains("restore it") { problems += 1 }
        #expect(refused == 2 && problems == 1)
    }
}
