// The writer's work while no entry waits: checkpoints, retention, the index of private messages, the search index, vacuum.
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

    private let log: WriteAheadLog
    private let clock: LedgerClock
    /// The last step under load, in milliseconds of the monotonic clock.
    private var lastLoaded: Int64 = 0
    /// The end of the pause after a failure, in milliseconds of the monotonic clock.
    private var pausedUntil = Int64.min

    init(_ store: Store, _ settings: LedgerSettings) throws(SQLiteError) {
        database = store.database
        index = store.index
        privates = store.privates
        log = WriteAheadLog(database, place: settings.place)
        clock = try LedgerClock(store)
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
        if isPaused || log.isWaiting { return Int32(LedgerLimits.retryMilliseconds) }
        return retention.isByAge ? Int32(LedgerLimits.ageCheckMilliseconds) : clock.idleMilliseconds
    }

    /// What is wrong though no step failed.
    var problem: LedgerError? { log.problem ?? clock.problem }

    /// Applies new settings. An administrator who reloads them also says that the clock is right.
    func reconfigure(_ settings: LedgerSettings, _ now: Moment) throws(SQLiteError) {
        clock.accept(now)
        try retention.reconfigure(settings)
    }

    func count(_ outcomes: [LedgerOutcome]) {
        retention.count(outcomes)
        privates.count(outcomes)
        for case .committed(let committed, _) in outcomes {
            if case .change = committed.entry { log.noteErased() }
        }
    }

    /// The disk is full.
    func noteFull() { log.noteFull() }

    /// Makes one step, for use while no entry waits. A failed step is followed by a pause.
    /// - Throws: SQLite's error where the step failed.
    func step(_ now: Moment) throws(SQLiteError) -> Step {
        try guarded(now) { () throws(SQLiteError) in
            // First, because all else writes to the log.
            if try log.checkpoint(from: LedgerLimits.checkpointPages, at: now.monotonic) { return .done }
            try clock.check(now)
            if let floor = try retain(now) { return .deleted(upTo: floor) }
            if try privates.step() { return .done }
            if try index.step() { return .done }
            if try merge() { return .done }
            if shrinks, !log.isHeld, try freePages.first() > LedgerLimits.freePages {
                try database.execute("PRAGMA incremental_vacuum(\(LedgerLimits.vacuumedPages))")
                return .done
            }
            if try log.truncateErased(at: now.monotonic) { return .done }
            return try log.checkpoint(from: LedgerLimits.idleCheckpointPages, at: now.monotonic) ? .done : .nothing
        }
    }

    /// Makes one step between two batches.
    /// - Returns: `.nothing` where the next batch may be committed; otherwise another step is due before it.
    /// - Throws: SQLite's error where the step failed.
    func stepUnderLoad(_ now: Moment) throws(SQLiteError) -> Step {
        try guarded(now) { () throws(SQLiteError) in
            if try log.checkpoint(from: LedgerLimits.checkpointPages, at: now.monotonic) { return .done }
            if try retention.isBehind(), let floor = try retain(now) { return .deleted(upTo: floor) }
            if privates.isBehind, try privates.step() { return .done }
            guard now.monotonic >= lastLoaded + LedgerLimits.loadedMilliseconds else { return .nothing }
            lastLoaded = now.monotonic
            try clock.check(now)
            if let floor = try retain(now) { return .deleted(upTo: floor) }
            let isDone = try privates.step()
            if try index.step() { return .done }
            if try merge() { return .done }
            return try log.truncateErased(at: now.monotonic) || isDone ? .done : .nothing
        }
    }

    private func retain(_ now: Moment) throws(SQLiteError) -> UInt64? {
        guard !log.isHeld, let floor = try retention.step(now, isByAge: clock.isSettled) else { return nil }
        log.noteErased()
        return floor
    }

    private func merge() throws(SQLiteError) -> Bool {
        guard try index.merge() else { return false }
        log.noteErased()
        return true
    }

    private func guarded(_ now: Moment, _ body: () throws(SQLiteError) -> Step) throws(SQLiteError) -> Step {
        guard now.monotonic >= pausedUntil else { return .nothing }
        do throws(SQLiteError) {
            let step = try body()
            pausedUntil = .min
            return step
        } catch {
            pausedUntil = now.monotonic + LedgerLimits.retryMilliseconds
            if error.isFull { log.noteFull() }
            throw error
        }
    }
}
