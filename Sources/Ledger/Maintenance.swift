// The writer's work while no entry waits: retention, the index of private messages, the search index, vacuum, checkpoints.
//
// The work is done in small steps, because a new entry waits for the current step. While entries come without a pause,
// steps are rare, except for the work whose backlog is bounded.

internal import Chat
internal import Host
internal import SQLite

final class Maintenance {
    private let database: Database
    private let retention: Retention
    private let index: SearchIndex
    private let privates: PrivatesTable
    private let freePages: Statement
    private let shrinks: Bool

    /// Pages written since the last checkpoint.
    private var pagesInLog = 0
    /// The last step under load, in milliseconds of the monotonic clock.
    private var lastLoaded: Int64 = 0
    /// The end of the pause after a failure, in milliseconds of the monotonic clock.
    private var pausedUntil = Int64.min

    init(_ store: Store, _ settings: LedgerSettings) throws(SQLiteError) {
        database = store.database
        index = store.index
        privates = store.privates
        retention = try Retention(database, index: index, settings)
        freePages = try database.prepare("PRAGMA freelist_count")
        // 2 is INCREMENTAL (https://sqlite.org/pragma.html#pragma_auto_vacuum). A file of the first format does not have
        // it: its free pages are used again.
        shrinks = try database.integer("PRAGMA auto_vacuum") == 2
    }

    enum Step: Equatable {
        case nothing, done
        /// Retention deleted all entries up to this sequence number.
        case deleted(upTo: UInt64)
    }

    /// Whether the last step failed.
    var isPaused: Bool { pausedUntil > .min }

    /// How long the writer may wait for work before the next step is due; nil where only work makes a step due.
    var idleMilliseconds: Int32? {
        if isPaused { return Int32(LedgerLimits.retryMilliseconds) }
        return retention.isByAge ? Int32(LedgerLimits.ageCheckMilliseconds) : nil
    }

    func reconfigure(_ settings: LedgerSettings) throws(SQLiteError) { try retention.reconfigure(settings) }

    func count(_ outcomes: [LedgerOutcome]) {
        retention.count(outcomes)
        privates.count(outcomes)
    }

    /// Makes one step, for use while no entry waits. A failed step is followed by a pause.
    /// - Throws: SQLite's error where the step failed.
    func step(_ now: Moment) throws(SQLiteError) -> Step {
        try guarded(now) { () throws(SQLiteError) in
            if let floor = try retention.step(now) { return .deleted(upTo: floor) }
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

    /// Makes one step between two batches.
    /// - Returns: `.nothing` where the next batch may be committed; otherwise another step is due before it.
    /// - Throws: SQLite's error where the step failed.
    func stepUnderLoad(_ now: Moment) throws(SQLiteError) -> Step {
        try guarded(now) { () throws(SQLiteError) in
            if try retention.isBehind(), let floor = try retention.step(now) { return .deleted(upTo: floor) }
            if privates.isBehind, try privates.step() { return .done }
            if try checkpoint(from: LedgerLimits.checkpointPages) { return .done }
            guard now.monotonic >= lastLoaded + LedgerLimits.loadedMilliseconds else { return .nothing }
            lastLoaded = now.monotonic
            if let floor = try retention.step(now) { return .deleted(upTo: floor) }
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

    /// Makes a checkpoint where the write-ahead log has grown. Passive: it waits for no reader, and leaves pages that a
    /// reader still needs to the next checkpoint. https://sqlite.org/wal.html#ckpt
    private func checkpoint(from pages: Int) throws(SQLiteError) -> Bool {
        pagesInLog += database.takePagesWritten()
        guard pagesInLog >= pages else { return false }
        pagesInLog = 0
        try database.execute("PRAGMA wal_checkpoint(PASSIVE)")
        return true
    }
}
