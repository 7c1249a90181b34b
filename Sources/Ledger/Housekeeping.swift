// What the writer does where no entry waits: retention, private messages by user, the search index, giving room back,
// checkpoints.
//
// All in small steps, because the entry that comes next waits for the step under way. While entries come without a pause
// there is a step now and then, and as many as it takes for what must not grow.

internal import Chat
internal import Host
internal import SQLite

final class Housekeeping {
    private let database: Database
    private let retention: Retention
    private let index: SearchIndex
    private let privates: PrivatesTable
    private let freePages: Statement
    private let shrinks: Bool

    /// Pages written since the last checkpoint.
    private var pagesInLog = 0
    /// When it was last done under load, in milliseconds of the monotonic clock.
    private var lastLoaded: Int64 = 0
    /// After a failure nothing is tried until then.
    private var pausedUntil = Int64.min

    init(_ store: Store, _ settings: LedgerSettings) throws(SQLiteError) {
        database = store.database
        index = store.index
        privates = store.privates
        retention = try Retention(database, index: index, settings)
        freePages = try database.prepare("PRAGMA freelist_count")
        // A file of the first format can't: its free pages are used again.
        shrinks = try database.integer("PRAGMA auto_vacuum") == 2
    }

    /// Something was done, or nothing had to be.
    enum Step: Equatable {
        case nothing, done
        /// Everything up to this number was deleted.
        case forgot(UInt64)
    }

    /// Whether the last step failed.
    var isPaused: Bool { pausedUntil > .min }

    /// How long the writer may sleep where nothing comes.
    var lookMilliseconds: Int32? {
        isPaused
            ? Int32(LedgerLimits.retryMilliseconds) : retention.looks ? Int32(LedgerLimits.lookMilliseconds) : nil
    }

    func reconfigure(_ settings: LedgerSettings) throws(SQLiteError) { try retention.reconfigure(settings) }

    func count(_ outcomes: [LedgerOutcome]) {
        retention.count(outcomes)
        privates.count(outcomes)
    }

    /// One step, for an idle moment. After one that fails there is none for a while.
    func step(_ now: Moment) throws(SQLiteError) -> Step {
        try guarded(now) { () throws(SQLiteError) in
            if let floor = try retention.step(now) { return .forgot(floor) }
            if try privates.step() { return .done }
            if try index.step() { return .done }
            if try index.merge() { return .done }
            if shrinks, try freePages.first() > LedgerLimits.freePages {
                try database.execute("PRAGMA incremental_vacuum(\(LedgerLimits.vacuumedPages))")
                return .done
            }
            return try checkpoint(from: LedgerLimits.idleCheckpointPages) ? .done : .nothing
        }
    }

    /// One step between two batches.
    /// - Returns: `.nothing` where the next batch may come; or else it is to be called again before it.
    func stepUnderLoad(_ now: Moment) throws(SQLiteError) -> Step {
        try guarded(now) { () throws(SQLiteError) in
            if try retention.isBehind(), let floor = try retention.step(now) { return .forgot(floor) }
            if privates.isBehind, try privates.step() { return .done }
            if try checkpoint(from: LedgerLimits.checkpointPages) { return .done }
            guard now.monotonic >= lastLoaded + LedgerLimits.loadedMilliseconds else { return .nothing }
            lastLoaded = now.monotonic
            if let floor = try retention.step(now) { return .forgot(floor) }
            let isDone = try privates.step()
            if try index.step() { return .done }
            return try index.merge() || isDone ? .done : .nothing
        }
    }

    private func guarded(_ now: Moment, _ body: () throws(SQLiteError) -> Step) throws(SQLiteError) -> Step {
        guard now.monotonic >= pausedUntil else { return .nothing }
        do throws(SQLiteError) {
            let step = try body()
            pausedUntil = .min
            return step
        } catch {
            pausedUntil = now.monotonic + LedgerLimits.retryMilliseconds
            throw error
        }
    }

    /// Writes the write-ahead log back where it has grown. Passive: it waits for no reader, and what a reader keeps it
    /// from is written back the next time. https://sqlite.org/wal.html#ckpt
    private func checkpoint(from pages: Int) throws(SQLiteError) -> Bool {
        pagesInLog += database.takePagesWritten()
        guard pagesInLog >= pages else { return false }
        pagesInLog = 0
        try database.execute("PRAGMA wal_checkpoint(PASSIVE)")
        return true
    }
}
