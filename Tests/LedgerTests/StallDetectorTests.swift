import Glibc
import Host
import Linux
import SQLite
import Testing

@testable import Ledger

@Suite struct StallDetectorTests {
    @Test func workWithoutAStepIsAStall() {
        var detector = StallDetector()
        #expect(detector.stalled(steps: 1, isDue: true, at: 1_000) == 0)
        #expect(detector.stalled(steps: 1, isDue: true, at: 1_500) == 500)
        #expect(detector.stalled(steps: 1, isDue: true, at: 4_000) == 3_000)
        #expect(detector.stalled(steps: 2, isDue: true, at: 5_000) == 0, "a step was made")
        #expect(detector.stalled(steps: 2, isDue: false, at: 6_000) == 0, "no work is due")
        #expect(detector.stalled(steps: 2, isDue: true, at: 9_000) == 0, "work has just become due")
        #expect(detector.stalled(steps: 2, isDue: true, at: 9_100) == 100)
    }

    @Test func idleTimeIsNoWorkAndItsEndIsAStep() {
        let progress = ProgressCounter()
        #expect(progress.state == (0, true))
        progress.idle { #expect(progress.state == (0, false)) }
        #expect(progress.state == (1, true))
    }

    /// The writer waits for a lock here; to the detector that is the same as a writer that hangs in the kernel.
    @Test func aStuckWriterIsAStallAndAnIdleOneIsNot() throws {
        let folder = try TemporaryFolder()
        let ledger = try SQLiteLedger(LedgerSettings(path: folder.ledger))
        ledger.append(message("a"), from: nil)
        _ = try outcomes(of: ledger, 1)
        var now: Int64 = 0
        func stalled() -> Int64 {
            now += 1
            return ledger.stalled(at: now)
        }
        // Idle; maintenance that may still be due ends by itself.
        while stalled() > 0 || stalled() > 0 { usleep(1_000) }
        let blocker = try Database(path: folder.ledger)
        blocker.setBusyTimeout(milliseconds: 10_000)
        try blocker.execute("BEGIN IMMEDIATE")
        ledger.append(message("b"), from: nil)
        #expect(ledger.figures.queued <= 1)
        var longest: Int64 = 0
        for _ in 0..<1_000 {
            longest = max(longest, stalled())
            if longest > 100 { break }
            usleep(1_000)
        }
        #expect(longest > 100)
        try blocker.execute("COMMIT")
        #expect(seqs(try outcomes(of: ledger, 1)) == [2])
        while stalled() > 0 || stalled() > 0 { usleep(1_000) }
        let figures = ledger.figures
        #expect(figures.entries == 2 && figures.commits.counts.reduce(0, +) == 2 && figures.queued == 0)
        #expect(figures.commits.total > 50_000_000, "the commit waited for the lock")
    }

    @Test func afterARefusalTheWriterTriesAgainWithoutANewEntry() throws {
        let folder = try TemporaryFolder()
        let ledger = try SQLiteLedger(LedgerSettings(path: folder.ledger))
        let other = try Database(path: folder.ledger)
        other.setBusyTimeout(milliseconds: 10_000)
        try other.execute("ALTER TABLE events RENAME TO away")
        ledger.append(message("a"), from: nil)
        _ = try outcomes(of: ledger) { $0.contains { if case .refused = $0 { true } else { false } } }
        try other.execute("ALTER TABLE away RENAME TO events")
        #expect(try outcomes(of: ledger) { $0.contains(.recovered) }.contains(.recovered))
        ledger.append(message("a"), from: nil)
        // Other problems may be reported in between.
        _ = try outcomes(of: ledger) { seqs($0).contains(1) }
    }
}
