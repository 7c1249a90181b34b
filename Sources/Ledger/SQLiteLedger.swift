// The embedded ledger: a SQLite file, a writer thread, a reader thread that answers queries, and the queues between them and
// the loop. Writer and Reader are the threads' code.
//
// A ledger in memory has one database connection only, so the writer also answers the queries.

package import Chat
package import Host
internal import Linux
internal import SQLite
internal import Synchronization

package final class SQLiteLedger: Ledger {
    /// The state of the ledger when it was opened.
    package let snapshot: Snapshot
    package let beginning: LedgerBeginning

    private let queues: LedgerQueues
    private let isInMemory: Bool
    private var writer: Thread?
    private var reader: Thread?
    private var detector = StallDetector()

    /// Opens the ledger and starts its threads.
    /// - Parameter seen: what the crash records have of the process before.
    /// - Throws: `LedgerError` where the file can't be opened, or another process has it; `SystemError` where the system has no descriptor or thread
    ///   left.
    package init(_ settings: LedgerSettings, seen: LedgerPosition? = nil) throws {
        let found: FoundFile? = if let path = settings.path { try FoundFile(path) } else { nil }
        let store = try Store(settings, found, seen: seen)
        beginning = store.numbers.beginning
        let queues = try LedgerQueues()
        self.queues = queues
        isInMemory = settings.path == nil
        // Each thread owns its database connection, which is closed when the thread ends.
        let writing: Transferred<Writer>
        let reading: Transferred<Reader>
        do throws(SQLiteError) {
            snapshot = try store.snapshot()
            let reader = Reader(queues, try SQLiteLedger.queries(store, settings, queues))
            reading = Transferred(value: reader)
            let maintenance = try Maintenance(store, settings)
            writing = Transferred(
                value: Writer(queues, store, maintenance, answering: isInMemory ? reader : nil, settings.place))
        } catch {
            throw ledgerError(error, place: settings.place)
        }
        writer = try Thread(name: "ledger") { writing.value.run() }
        guard !isInMemory else { return }
        reader = try Thread(name: "ledger-reader") { reading.value.run() }
    }

    private static func queries(
        _ store: Store, _ settings: LedgerSettings, _ queues: LedgerQueues
    ) throws(SQLiteError) -> Queries {
        let database: Database
        if let path = settings.path {
            database = try Database(path: path, isReadOnly: true)
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
        queues.readerWake.signal()
        if let reader = reader.take() { reader.join() }
        queues.isWriterEnding.store(true, ordering: .releasing)
        queues.writerWake.signal()
        if let writer = writer.take() { writer.join() }
    }

    package var descriptor: Int32 { queues.loopWake.descriptor }

    @discardableResult
    package func append(_ entry: Entry, from origin: SessionID?) -> Bool {
        let (isTaken, isFirst) = queues.entries.withLock { entries in
            guard entries.count < LedgerLimits.queuedEntries else { return (false, false) }
            entries.append(QueuedEntry(entry: entry, origin: origin))
            return (true, entries.count == 1)
        }
        // Where other entries wait, the writer was woken already: it checks the queue again before it waits.
        if isFirst { queues.writerWake.signal() }
        if !isTaken {
            let reason = LedgerError(
                "\(LedgerLimits.queuedEntries) messages wait to be stored: the disk is too slow.", isOverflow: true)
            queues.deliver([.refused(entry, from: origin, reason)])
        }
        return isTaken
    }

    package func read(_ number: UInt64, _ query: Query) {
        let isTaken = queues.queries.withLock { queries in
            guard queries.count < LedgerLimits.queuedQueries else { return false }
            queries.append(QueuedQuery(number: number, query: query))
            return true
        }
        if isTaken {
            if isInMemory { queues.writerWake.signal() } else { queues.readerWake.signal() }
        } else {
            let reason = "\(LedgerLimits.queuedQueries) ledger queries wait: the disk is too slow."
            queues.deliver([.answered(number, .failed(reason))])
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
        let waits = !queues.entries.withLock(\.isEmpty) || isInMemory && !queues.queries.withLock(\.isEmpty)
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
