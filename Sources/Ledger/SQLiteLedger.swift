// The embedded ledger: a SQLite file, a thread that writes, one that answers questions, and the queues between them and the
// loop. Writer and Reader are the threads' sides.
//
// In memory there is one connection only, so the writer answers the questions, too.

package import Chat
package import Host
internal import Linux
internal import SQLite
internal import Synchronization

package final class SQLiteLedger: Ledger {
    /// What there was when it was opened.
    package let snapshot: Snapshot

    private let shared: Shared
    private let isInMemory: Bool
    private var writer: Thread?
    private var reader: Thread?
    private var watch = ProgressWatch()

    /// Opens the ledger and starts its threads.
    package init(_ settings: LedgerSettings) throws {
        let store = try Store(settings)
        let shared = Shared(work: try EventFD(), asked: try EventFD(), done: try EventFD())
        self.shared = shared
        isInMemory = settings.path == nil
        // Each thread gets its own side only: a connection is closed by the end of its thread.
        let writing: Handed<Writer>
        let reading: Handed<Reader>
        do throws(SQLiteError) {
            snapshot = try store.snapshot()
            let reader = Reader(shared, try SQLiteLedger.queries(store, settings, shared))
            reading = Handed(value: reader)
            let housekeeping = try Housekeeping(store, settings)
            writing = Handed(
                value: Writer(shared, store, housekeeping, answering: isInMemory ? reader : nil, settings.place))
        } catch {
            throw ledgerError(error, place: settings.place)
        }
        writer = try Thread(name: "ledger") { writing.value.run() }
        guard !isInMemory else { return }
        reader = try Thread(name: "ledger-reader") { reading.value.run() }
    }

    private static func queries(
        _ store: Store, _ settings: LedgerSettings, _ shared: Shared
    ) throws(SQLiteError) -> Queries {
        let database: Database
        if let path = settings.path {
            database = try Database(path: path, isReadOnly: true)
            database.setBusyTimeout(milliseconds: LedgerLimits.busyMilliseconds)
        } else {
            database = store.database
        }
        return try Queries(database, place: settings.place) { shared.isReaderEnding.load(ordering: .relaxed) }
    }

    /// Waits until all that was appended is committed. The writer closes the file last, so that it leaves no log behind.
    deinit {
        shared.isReaderEnding.store(true, ordering: .releasing)
        shared.asked.signal()
        if let reader = reader.take() { reader.join() }
        shared.isWriterEnding.store(true, ordering: .releasing)
        shared.work.signal()
        if let writer = writer.take() { writer.join() }
    }

    /// Readable while there are outcomes to take.
    package var descriptor: Int32 { shared.done.descriptor }

    @discardableResult
    package func append(_ entry: Entry, from origin: SessionID?) -> Bool {
        let (isTaken, isFirst) = shared.entries.withLock { entries in
            guard entries.count < LedgerLimits.queuedEntries else { return (false, false) }
            entries.append(Waiting(entry: entry, origin: origin))
            return (true, entries.count == 1)
        }
        // Where others wait already the writer has been woken: it looks again before it rests.
        if isFirst { shared.work.signal() }
        if !isTaken {
            let reason = LedgerError(
                "\(LedgerLimits.queuedEntries) messages wait to be stored: the disk is too slow.", isOverflow: true)
            shared.hand([.refused(entry, from: origin, reason)])
        }
        return isTaken
    }

    package func read(_ number: UInt64, _ query: Query) {
        let isTaken = shared.questions.withLock { questions in
            guard questions.count < LedgerLimits.queuedQuestions else { return false }
            questions.append(Question(number: number, query: query))
            return true
        }
        if isTaken {
            if isInMemory { shared.work.signal() } else { shared.asked.signal() }
        } else {
            let reason = "\(LedgerLimits.queuedQuestions) questions to the ledger wait: the disk is too slow."
            shared.hand([.answered(number, .failed(reason))])
        }
    }

    /// Applies what may be kept; the other settings stay as they were.
    package func reconfigure(_ settings: LedgerSettings) {
        shared.settings.withLock { $0 = settings }
        shared.work.signal()
    }

    package func takeOutcomes(_ body: (LedgerOutcome) -> Void) {
        shared.done.clear()
        for outcome in shared.outcomes.withLock({ outcomes in
            defer { outcomes = [] }
            return outcomes
        }) { body(outcome) }
    }

    /// For how many milliseconds there has been something to store and nothing got done; 0 while all goes on. Each call compares
    /// with what the call before saw, so it is to be called again and again.
    /// - Parameter now: milliseconds of the monotonic clock.
    package func stalled(at now: Int64) -> Int64 {
        let (steps, isWorking) = shared.progress.sight
        let waits = !shared.entries.withLock(\.isEmpty) || isInMemory && !shared.questions.withLock(\.isEmpty)
        return watch.look(steps: steps, isDue: isWorking || waits, at: now)
    }

    package var figures: LedgerFigures {
        var figures = shared.figures.withLock(\.self)
        figures.queued = shared.entries.withLock(\.count)
        return figures
    }
}

/// What the loop, the writer and the reader share.
final class Shared: Sendable {
    let entries = Mutex<[Waiting]>([])
    let questions = Mutex<[Question]>([])
    let outcomes = Mutex<[LedgerOutcome]>([])
    /// For the writer to take over.
    let settings = Mutex<LedgerSettings?>(nil)
    let figures = Mutex(LedgerFigures())
    let progress = Progress()
    let isReaderEnding = Atomic(false)
    let isWriterEnding = Atomic(false)
    /// Signalled for the writer, the reader and the loop.
    let work: EventFD
    let asked: EventFD
    let done: EventFD

    init(work: consuming EventFD, asked: consuming EventFD, done: consuming EventFD) {
        self.work = work
        self.asked = asked
        self.done = done
    }

    /// Gives outcomes to the loop.
    func hand(_ new: [LedgerOutcome]) {
        outcomes.withLock { $0 += new }
        done.signal()
    }
}

/// The threads' sides on their way from the thread that made them to those that use them from then on.
private struct Handed<Value>: @unchecked Sendable {
    let value: Value
}
