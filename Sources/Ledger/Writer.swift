// The writer thread's side.
//
// Group commit without a timer: while one batch commits, the next entries queue. An entry that can't be stored is refused,
// so that its sender gets an error. The writer keeps trying, so it recovers by itself when the disk has room again.

internal import Chat
internal import Host
internal import Linux
internal import SQLite
internal import Synchronization

final class Writer {
    private let queues: LedgerQueues
    private let store: Store
    private let maintenance: Maintenance
    /// Set for a ledger in memory, where the writer also answers queries.
    private let reader: Reader?
    private let place: String
    /// The file is corrupt.
    private var fileProblem: LedgerError?
    /// The file was removed or replaced.
    private var placeProblem: LedgerError?
    /// The next look at the file's place, in milliseconds of the monotonic clock.
    private var nextPlaceCheck = Int64.min
    private var maintenanceProblem: LedgerError?
    private var reportedProblem: LedgerError?
    /// Whether the last batch was refused.
    private var isRefusing = false
    /// The last commit, in milliseconds of the monotonic clock.
    private var lastBatch: Int64 = .min

    init(
        _ queues: LedgerQueues, _ store: Store, _ maintenance: Maintenance, answering reader: Reader?, _ place: String
    ) {
        self.queues = queues
        self.store = store
        self.maintenance = maintenance
        self.reader = reader
        self.place = place
        if let error = store.startError {
            isRefusing = true
            maintenanceProblem = ledgerError(error, place: place)
        }
    }

    /// Runs until the end of the ledger, and until all entries are committed.
    func run() {
        reportProblem()
        while true {
            queues.progress.advance()
            let isEnding = queues.isWriterEnding.load(ordering: .acquiring)
            let entries = queues.entries.withLock { $0.takeAll() }
            if let settings = queues.settings.withLock({ $0.take() }) { reconfigure(settings) }
            if entries.isEmpty {
                if isEnding { return store.numbers.close() }
                if reader?.answerNext() == true { continue }
                // Messages often answer each other, so an entry is likely right after a commit: it must not wait for
                // maintenance, which can be done later.
                let quiet = lastBatch == .min ? 0 : lastBatch + LedgerLimits.quietMilliseconds - Clock.monotonic
                if quiet > 0 {
                    waitForWork(milliseconds: Int32(clamping: quiet))
                } else if !maintain(maintenance.step) {
                    waitForWork(milliseconds: idleMilliseconds)
                    checkPlace()
                    if isRefusing { probe() }
                }
            } else {
                commit(entries)
            }
        }
    }

    /// How long to wait for work; nil where nothing else is due.
    private var idleMilliseconds: Int32? {
        if isRefusing { return Int32(LedgerLimits.retryMilliseconds) }
        guard !isInMemory else { return maintenance.idleMilliseconds }
        return min(maintenance.idleMilliseconds ?? .max, Int32(LedgerLimits.fileCheckMilliseconds))
    }

    private var isInMemory: Bool { reader != nil }

    /// What would be stored in a file that was removed or replaced is lost when the process ends, so it is refused.
    private func checkPlace() {
        let now = Clock.monotonic
        guard !isInMemory, now >= nextPlaceCheck else { return }
        nextPlaceCheck = now + LedgerLimits.fileCheckMilliseconds
        placeProblem =
            store.numbers.isInPlace
            ? nil
            : LedgerError(
                "The ledger \(place), or its log \(place)-wal, was removed or replaced while the daemon used it, so nothing more is stored: put the file back, or restart the daemon to go on with what is at its place.",
                isOutage: true)
        if placeProblem != nil { isRefusing = true }
        reportProblem()
    }

    private func reconfigure(_ settings: LedgerSettings) {
        do throws(SQLiteError) {
            try maintenance.reconfigure(settings, Moment(wall: Clock.wall, monotonic: Clock.monotonic))
        } catch {
            maintenanceProblem = ledgerError(error, place: place)
            reportProblem()
        }
    }

    private func waitForWork(milliseconds: Int32?) {
        queues.progress.idle { queues.writerWake.wait(milliseconds: milliseconds) }
    }

    private func commit(_ entries: [QueuedEntry]) {
        var rest = entries[...]
        while !rest.isEmpty {
            let batch = rest.prefix(LedgerLimits.batchEntries)
            rest = rest.dropFirst(batch.count)
            queues.deliver(outcomes(of: batch))
            lastBatch = Clock.monotonic
            queues.progress.advance()
            _ = reader?.answerNext()
            // As many steps as retention and indexes need to keep up with the batch.
            let bytes = batch.reduce(0) { $0 + Row.bytes(of: $1.entry) }
            var steps = 1 + max(batch.count / LedgerLimits.stepEntries, bytes / LedgerLimits.stepBytes)
            while steps > 0, maintain(maintenance.stepUnderLoad) { steps -= 1 }
        }
    }

    private func outcomes(of batch: ArraySlice<QueuedEntry>) -> [LedgerOutcome] {
        checkPlace()
        if let placeProblem {
            isRefusing = true
            return batch.map { .refused($0.entry, from: $0.origin, placeProblem) }
        }
        do throws(SQLiteError) {
            let start = Clock.monotonicNanoseconds
            let outcomes = try store.commit(batch)
            let duration = Clock.monotonicNanoseconds - start
            queues.figures.withLock {
                $0.commits.count(nanoseconds: duration)
                $0.entries += UInt64(batch.count)
            }
            maintenance.count(outcomes)
            fileProblem = nil
            isRefusing = false
            reportProblem()
            return outcomes
        } catch {
            let reason = ledgerError(error, place: place)
            isRefusing = true
            if error.isFull { maintenance.noteFull() }
            if error.isCorrupt {
                fileProblem = reason
                reportProblem()
            }
            return batch.map { .refused($0.entry, from: $0.origin, reason) }
        }
    }

    /// After a refusal, tests whether entries can be stored again, because clients may not retry.
    private func probe() {
        guard fileProblem == nil, placeProblem == nil, queues.entries.withLock(\.isEmpty), (try? store.probe()) != nil
        else { return }
        isRefusing = false
        queues.deliver([.recovered])
    }

    /// Makes one maintenance step.
    /// - Returns: whether another step may be due.
    private func maintain(_ step: (Moment) throws(SQLiteError) -> Maintenance.Step) -> Bool {
        let now = Moment(wall: Clock.wall, monotonic: Clock.monotonic)
        defer { queues.progress.advance() }
        do throws(SQLiteError) {
            let done = try step(now)
            if !maintenance.isPaused { maintenanceProblem = nil }
            reportProblem()
            if case .deleted(upTo: let seq) = done { queues.deliver([.forgotten(upTo: seq)]) }
            return done != .nothing
        } catch {
            maintenanceProblem = ledgerError(error, place: place)
            reportProblem()
            return false
        }
    }

    /// Reports each problem once, and its end.
    private func reportProblem() {
        let problem = placeProblem ?? fileProblem ?? maintenanceProblem ?? maintenance.problem
        guard problem != reportedProblem else { return }
        reportedProblem = problem
        queues.deliver([.problem(problem)])
    }
}
