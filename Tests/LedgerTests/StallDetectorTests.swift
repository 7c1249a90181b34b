import Glibc
import Linux
import SQLite
import Testing

@testable import Ledger

@Suite struct StallDetectorTests {
    @Test func whatMattersIsWorkWithoutAStep() {
        var detector = StallDetector()
        #expect(detector.stalled(steps: 1, isDue: true, at: 1_000) == 0)
        #expect(detector.stalled(steps: 1, isDue: true, at: 1_500) == 500)
        #expect(detector.stalled(steps: 1, isDue: true, at: 4_000) == 3_000)
        #expect(detector.stalled(steps: 2, isDue: true, at: 5_000) == 0, "it goes on")
        #expect(detector.stalled(steps: 2, isDue: false, at: 6_000) == 0, "nothing is to be done")
        #expect(detector.stalled(steps: 2, isDue: true, at: 9_000) == 0, "something has just come")
        #expect(detector.stalled(steps: 2, isDue: true, at: 9_100) == 100)
    }

    @Test func restIsNoWorkAndItsEndIsAStep() {
        let progress = ProgressCounter()
        #expect(progress.state == (0, true))
        progress.idle { #expect(progress.state == (0, false)) }
        #expect(progress.state == (1, true))
    }

    /// Whether the writer hangs in the kernel or in a lock is the same to those who look.
    @Test func aWriterThatHangsIsSeenAndOneThatRestsIsNot() throws {
        let folder = try TemporaryFolder()
        let ledger = try SQLiteLedger(LedgerSettings(path: folder.ledger))
        ledger.append(message("a"), from: nil)
        _ = try outcomes(of: ledger, 1)
        var now: Int64 = 0
        func stalled() -> Int64 {
            now += 1
            return ledger.stalled(at: now)
        }
        // Resting; what it may still have to do in its quiet moment ends by itself.
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
        #expect(figures.commits.total > 50_000_000, "it has waited for the lock")
    }

    @Test func afterARefusalItIsTriedAgainThoughNobodyComes() throws {
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
        // What else was wrong may be told in between.
        _ = try outcomes(of: ledger) { seqs($0).contains(1) }
    }
}
