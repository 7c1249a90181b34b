// The embedded ledger: a SQLite file, a writer thread, and the two queues between it and the loop.
//
// Group commit without a timer: while one batch is committed, the next gathers. An entry that can't be stored is refused,
// so its sender is told; the writer goes on, and it heals by itself when there is room again.

package import Chat
internal import Linux
internal import SQLite
internal import Synchronization

package final class SQLiteLedger: Ledger {
    private let shared: Shared
    private var thread: Thread?

    /// The sequence number of the newest entry when it was opened.
    package let newest: UInt64

    /// Opens the file and starts the writer.
    package init(path: String, durability: LedgerDurability) throws {
        let store = try Store(path: path, durability: durability)
        newest = try store.newest()
        shared = Shared(queue: Mutex([]), outcomes: Mutex([]), work: try Wake(), done: try Wake())
        let shared = shared
        let handed = Handed(store: store)
        thread = try Thread(name: "ledger") { Writer(shared: shared, store: handed.store, path: path).run() }
    }

    /// Waits until all that was appended is committed.
    deinit {
        shared.isEnding.store(true, ordering: .releasing)
        shared.work.signal()
        if let thread = thread.take() { thread.join() }
    }

    package var descriptor: Int32? { shared.done.descriptor }

    package func append(_ entry: Entry) {
        let isTaken = shared.queue.withLock { queue in
            guard queue.count < LedgerLimits.queuedEntries else { return false }
            queue.append(entry)
            return true
        }
        if isTaken {
            shared.work.signal()
        } else {
            let reason = LedgerError("\(LedgerLimits.queuedEntries) messages wait to be stored: the disk is too slow.")
            shared.outcomes.withLock { $0.append(.refused(entry, reason)) }
            shared.done.signal()
        }
    }

    package func takeOutcomes(_ body: (Outcome) -> Void) {
        shared.done.clear()
        for outcome in shared.outcomes.withLock({ outcomes in
            defer { outcomes = [] }
            return outcomes
        }) { body(outcome) }
    }
}

/// What the loop and the writer share.
private final class Shared: Sendable {
    let queue: Mutex<[Entry]>
    let outcomes: Mutex<[Outcome]>
    /// Signalled for the writer, and for the loop.
    let work: Wake
    let done: Wake
    let isEnding = Atomic(false)

    init(
        queue: consuming Mutex<[Entry]>, outcomes: consuming Mutex<[Outcome]>, work: consuming Wake,
        done: consuming Wake
    ) {
        self.queue = queue
        self.outcomes = outcomes
        self.work = work
        self.done = done
    }
}

/// The store on its way from the thread that opened it to the one that uses it from then on.
private struct Handed: @unchecked Sendable {
    let store: Store
}

/// The writer thread's side.
private struct Writer {
    let shared: Shared
    let store: Store
    let path: String

    func run() {
        while true {
            let isEnding = shared.isEnding.load(ordering: .acquiring)
            let entries = shared.queue.withLock { queue in
                defer { queue = [] }
                return queue
            }
            if entries.isEmpty {
                if isEnding { return }
                shared.work.wait()
                continue
            }
            var rest = entries[...]
            while !rest.isEmpty {
                let batch = rest.prefix(LedgerLimits.batchEntries)
                rest = rest.dropFirst(batch.count)
                let outcomes = commit(batch)
                shared.outcomes.withLock { $0 += outcomes }
                shared.done.signal()
            }
        }
    }

    private func commit(_ batch: ArraySlice<Entry>) -> [Outcome] {
        do throws(SQLiteError) {
            return try store.commit(batch)
        } catch {
            let reason = LedgerError(error, path: path)
            return batch.map { .refused($0, reason) }
        }
    }
}
