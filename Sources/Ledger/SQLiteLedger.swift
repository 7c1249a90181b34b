// The embedded ledger: a SQLite file, a writer thread, two reader threads that answer queries, and the queues between them
// and the loop. Writer and Reader are the threads' code.
//
// A ledger in memory has one database connection only, so the writer also answers the queries.

package import Chat
package import Host
internal import Linux
internal import SQLite
internal import Synchronization

package final class SQLiteLedger: Ledger {
    /// A time that the wall clock has shown lately, in milliseconds; nil in a new ledger.
    package let clockReference: Int64?
    package let beginning: LedgerBeginning

    /// The state of the ledger when it was opened, until it is taken.
    private var snapshot: Snapshot?
    private let queues: LedgerQueues
    private let isInMemory: Bool
    private var writer: Thread?
    private var reader: Thread?
    private var searcher: Thread?
    private var detector = StallDetector()

    /// Opens the ledger and starts its threads.
    /// - Parameters:
    ///   - seen: what the crash records have of the process before.
    ///   - working: called again and again while an old format is migrated.
    /// - Throws: `LedgerError` where the file can't be opened, or another process has it; `SystemError` where the system has no
    ///   descriptor or thread left.
    package init(
        _ settings: LedgerSettings, seen: LedgerPosition? = nil, working: @escaping () -> Void = {}
    ) throws {
        let found: FoundFile? = if let path = settings.path { try FoundFile(path) } else { nil }
        let store = try Store(settings, found, seen: seen, working: working)
        beginning = store.numbers.beginning
        let queues = try LedgerQueues()
        self.queues = queues
        isInMemory = settings.path == nil
        // Each thread owns its database connection, which is closed when the thread ends.
        let writing: Transferred<Writer>
        let reading: Transferred<Reader>
        let searching: Transferred<Reader>?
        do throws(SQLiteError) {
            snapshot = try store.snapshot()
            clockReference = try LedgerClock.reference(store.database)
            let lanes = isInMemory ? [queues.pages, queues.searches] : [queues.pages]
            let reader = Reader(queues, lanes, try SQLiteLedger.queries(store, settings, queues))
            reading = Transferred(value: reader)
            searching =
                isInMemory
                ? nil
                : Transferred(
                    value: Reader(queues, [queues.searches], try SQLiteLedger.queries(store, settings, queues)))
            let maintenance = try Maintenance(store, settings)
            writing = Transferred(
                value: Writer(queues, store, maintenance, answering: isInMemory ? reader : nil, settings.place))
        } catch {
            throw ledgerError(error, place: settings.place)
        }
        writer = try Thread(name: "ledger") { writing.value.run() }
        guard let searching else { return }
        reader = try Thread(name: "ledger-reader") { reading.value.run() }
        searcher = try Thread(name: "ledger-search") { searching.value.run() }
    }

    private static func queries(
        _ store: Store, _ settings: LedgerSettings, _ queues: LedgerQueues
    ) throws(SQLiteError) -> Queries {
        let database: Database
        if let path = settings.path {
            database = try Database(path: path, isReadOnly: true, isExclusive: store.startError != nil)
            database.setBusyTimeout(milliseconds: LedgerLimits.busyMilliseconds)
        } else {
            database = store.database
        }
        return try Queries(database, place: settings.place) { queues.isReaderEnding.load(ordering: .relaxed) }
    }

    /// Waits until all appended entries are committed. The writer closes the file last, which removes the write-ahead log
    /// (https://sqlite.org/wal.html).
    deinit {
        queues.isReaderEnding.store(true, ordering: .releasing)
        queues.pages.wake.signal()
        queues.searches.wake.signal()
        if let reader = reader.take() { reader.join() }
        if let searcher = searcher.take() { searcher.join() }
        queues.isWriterEnding.store(true, ordering: .releasing)
        queues.writerWake.signal()
        if let writer = writer.take() { writer.join() }
    }

    /// The state of the ledger when it was opened. To be called once: with many users it is large, and the chat has it in a form of
    /// its own.
    package func takeSnapshot() -> Snapshot {
        guard let snapshot = snapshot.take() else { preconditionFailure("the snapshot was taken before") }
        return snapshot
    }

    package var descriptor: Int32 { queues.loopWake.descriptor }

    @discardableResult
    package func append(_ entry: Entry, from origin: SessionID?) -> Bool {
        let (refusal, isFirst) = queues.entries.withLock { entries in
            (entries.append(QueuedEntry(entry: entry, origin: origin)), entries.count == 1)
        }
        // Where other entries wait, the writer was woken already: it checks the queue again before it waits.
        if isFirst { queues.writerWake.signal() }
        if let refusal { queues.deliver([.refused(entry, from: origin, refusal)]) }
        return refusal == nil
    }

    package func read(_ number: UInt64, _ query: Query, for user: UserID?) {
        let lane = if case .search = query { queues.searches } else { queues.pages }
        if lane.append(QueuedQuery(number: number, query: query), for: user) {
            if isInMemory { queues.writerWake.signal() }
        } else {
            queues.deliver([
                .answered(number, .failed("Too many \(lane.name) wait (\(lane.limit)): the disk is too slow."))
            ])
        }
    }

    /// Applies what may be kept; the other settings stay as they were.
    package func reconfigure(_ settings: LedgerSettings) {
        queues.settings.withLock { $0 = settings }
        queues.writerWake.signal()
    }

    package func takeOutcomes(_ body: (LedgerOutcome) -> Void) {
        queues.loopWake.clear()
        for outcome in queues.outcomes.withLock({ outcomes in
            defer { outcomes = [] }
            return outcomes
        }) { body(outcome) }
    }

    /// For how many milliseconds there has been something to store and nothing got done; 0 while all goes on. Each call compares
    /// with what the call before saw, so it is to be called again and again.
    /// - Parameter now: milliseconds of the monotonic clock.
    package func stalled(at now: Int64) -> Int64 {
        let (steps, isWorking) = queues.progress.state
        let waits =
            !queues.entries.withLock(\.isEmpty) || isInMemory && !(queues.pages.isEmpty && queues.searches.isEmpty)
        return detector.stalled(steps: steps, isDue: isWorking || waits, at: now)
    }

    package var figures: LedgerFigures {
        var figures = queues.figures.withLock(\.self)
        figures.queued = queues.entries.withLock(\.count)
        return figures
    }
}

/// An object that one thread makes and then only another one uses, so that it need not be Sendable.
private struct Transferred<Value>: @unchecked Sendable {
    let value: Value
}
