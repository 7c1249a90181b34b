// The queues between the loop, the writer thread and the reader thread, and the state that they share.

internal import Chat
internal import Host
internal import Linux
internal import Synchronization

/// An entry that waits for the writer.
struct QueuedEntry {
    var entry: Entry
    var origin: SessionID?
}

/// The entries that wait for the writer.
struct EntryQueue {
    private(set) var entries: [QueuedEntry] = []
    /// Bytes of their texts.
    private var bytes = 0

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// - Returns: why it is not taken; nil where it is.
    mutating func append(_ queued: QueuedEntry) -> LedgerError? {
        guard entries.count < LedgerLimits.queuedEntries, bytes < LedgerLimits.queuedBytes else {
            return LedgerError(
                "\(entries.count) messages of \(bytes) bytes wait to be stored: the disk is too slow.", isOverflow: true
            )
        }
        entries.append(queued)
        bytes += Row.bytes(of: queued.entry)
        return nil
    }

    /// Empties the queue.
    mutating func takeAll() -> [QueuedEntry] {
        defer { self = EntryQueue() }
        return entries
    }
}

/// A query that waits for a reader.
struct QueuedQuery {
    var number: UInt64
    var query: Query
    /// When it was queued, in milliseconds of the monotonic clock.
    var since = Clock.monotonic
}

/// The queries that wait for one reader. Users take turns.
final class QueryLane: Sendable {
    private let waiting = Mutex(FairQueue<QueuedQuery>())
    let limit: Int
    /// The name of what waits, in a sentence.
    let name: String
    let wake: EventFD

    init(_ name: String, limit: Int) throws(SystemError) {
        self.name = name
        self.limit = limit
        wake = try EventFD()
    }

    var isEmpty: Bool { waiting.withLock { $0.count == 0 } }

    /// - Returns: false where too many wait.
    func append(_ query: QueuedQuery, for user: UserID?) -> Bool {
        let isTaken = waiting.withLock { waiting in
            guard waiting.count < limit else { return false }
            waiting.append(query, of: user)
            return true
        }
        if isTaken { wake.signal() }
        return isTaken
    }

    func removeFirst() -> QueuedQuery? { waiting.withLock { $0.removeFirst() } }
}

final class LedgerQueues: Sendable {
    let entries = Mutex(EntryQueue())
    /// Searches have a reader of their own: history and catch-up never wait for them.
    let pages: QueryLane
    let searches: QueryLane
    let outcomes = Mutex<[LedgerOutcome]>([])
    /// New settings that the writer has not applied yet.
    let settings = Mutex<LedgerSettings?>(nil)
    let figures = Mutex(LedgerFigures())
    let progress = ProgressCounter()
    let isReaderEnding = Atomic(false)
    let isWriterEnding = Atomic(false)
    let writerWake: EventFD
    let loopWake: EventFD

    init() throws(SystemError) {
        writerWake = try EventFD()
        pages = try QueryLane("ledger queries", limit: LedgerLimits.queuedQueries)
        searches = try QueryLane("searches", limit: LedgerLimits.queuedSearches)
        loopWake = try EventFD()
    }

    /// Queues outcomes for the loop and wakes it.
    func deliver(_ new: [LedgerOutcome]) {
        outcomes.withLock { $0 += new }
        loopWake.signal()
    }
}
