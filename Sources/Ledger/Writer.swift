// The writer thread's side.
//
// Group commit without a timer: while one batch is committed, the next gathers. An entry that can't be stored is refused,
// so its sender is told; the writer goes on, and it heals by itself when there is room again.

internal import Chat
internal import Host
internal import Linux
internal import SQLite
internal import Synchronization

final class Writer {
    private let shared: Shared
    private let store: Store
    private let housekeeping: Housekeeping
    /// In memory the writer answers questions, too.
    private let reader: Reader?
    private let place: String
    /// What is wrong with the file itself, and with the housekeeping; and which of it was told.
    private var damage: LedgerError?
    private var neglect: LedgerError?
    private var told: LedgerError?
    /// Whether the last batch was refused.
    private var isRefusing = false
    /// When the last batch was committed, in milliseconds of the monotonic clock.
    private var lastBatch: Int64 = .min

    init(_ shared: Shared, _ store: Store, _ housekeeping: Housekeeping, answering reader: Reader?, _ place: String) {
        self.shared = shared
        self.store = store
        self.housekeeping = housekeeping
        self.reader = reader
        self.place = place
    }

    /// Until the end, and until all entries are committed.
    func run() {
        while true {
            shared.progress.advance()
            let isEnding = shared.isWriterEnding.load(ordering: .acquiring)
            let entries = shared.entries.withLock { entries in
                defer { entries = [] }
                return entries
            }
            if let settings = shared.settings.withLock({ $0.take() }) { reconfigure(settings) }
            if entries.isEmpty {
                if isEnding { return }
                if reader?.answerNext() == true { continue }
                // People answer each other: what comes next is not to wait for a step that may as well come later.
                let quiet = lastBatch == .min ? 0 : lastBatch + LedgerLimits.quietMilliseconds - Clock.monotonic
                if quiet > 0 {
                    rest(milliseconds: Int32(clamping: quiet))
                } else if !keepHouse(housekeeping.step) {
                    rest(
                        milliseconds: isRefusing
                            ? Int32(LedgerLimits.retryMilliseconds) : housekeeping.lookMilliseconds)
                    if isRefusing { probe() }
                }
            } else {
                commit(entries)
            }
        }
    }

    private func reconfigure(_ settings: LedgerSettings) {
        do throws(SQLiteError) {
            try housekeeping.reconfigure(settings)
        } catch {
            neglect = ledgerError(error, place: place)
            tell()
        }
    }

    private func rest(milliseconds: Int32?) {
        shared.progress.rest { shared.work.wait(milliseconds: milliseconds) }
    }

    private func commit(_ entries: [Waiting]) {
        var rest = entries[...]
        while !rest.isEmpty {
            let batch = rest.prefix(LedgerLimits.batchEntries)
            rest = rest.dropFirst(batch.count)
            shared.hand(outcomes(of: batch))
            lastBatch = Clock.monotonic
            shared.progress.advance()
            _ = reader?.answerNext()
            // As many steps as keep up with what comes in.
            let bytes = batch.reduce(0) { $0 + ($1.entry.text?.utf8.count ?? 0) }
            var steps = 1 + max(batch.count / LedgerLimits.stepEntries, bytes / LedgerLimits.stepBytes)
            while steps > 0, keepHouse(housekeeping.stepUnderLoad) { steps -= 1 }
        }
    }

    private func outcomes(of batch: ArraySlice<Waiting>) -> [LedgerOutcome] {
        do throws(SQLiteError) {
            let start = Clock.monotonicNanoseconds
            let outcomes = try store.commit(batch)
            let duration = Clock.monotonicNanoseconds - start
            shared.figures.withLock {
                $0.commits.count(nanoseconds: duration)
                $0.entries += UInt64(batch.count)
            }
            housekeeping.count(outcomes)
            damage = nil
            isRefusing = false
            tell()
            return outcomes
        } catch {
            let reason = ledgerError(error, place: place)
            isRefusing = true
            if error.isCorrupt {
                damage = reason
                tell()
            }
            return batch.map { .refused($0.entry, from: $0.origin, reason) }
        }
    }

    /// Tries, after a refusal, whether something can be stored again: who was told that it can't may not try himself.
    private func probe() {
        guard damage == nil, shared.entries.withLock(\.isEmpty), (try? store.probe()) != nil else { return }
        isRefusing = false
        shared.hand([.recovered])
    }

    /// Makes one step of housekeeping.
    /// - Returns: whether there may be another to make.
    private func keepHouse(_ step: (Moment) throws(SQLiteError) -> Housekeeping.Step) -> Bool {
        let now = Moment(wall: Clock.wall, monotonic: Clock.monotonic)
        defer { shared.progress.advance() }
        do throws(SQLiteError) {
            let done = try step(now)
            if !housekeeping.isPaused { neglect = nil }
            tell()
            if case .forgot(let seq) = done { shared.hand([.forgotten(upTo: seq)]) }
            return done != .nothing
        } catch {
            neglect = ledgerError(error, place: place)
            tell()
            return false
        }
    }

    /// Each trouble is told once, and its end.
    private func tell() {
        let trouble = damage ?? neglect
        guard trouble != told else { return }
        told = trouble
        shared.hand([.problem(trouble)])
    }
}
