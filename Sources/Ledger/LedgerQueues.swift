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

/// A query that waits for the reader.
struct QueuedQuery {
    var number: UInt64
    var query: Query
}

final class LedgerQueues: Sendable {
    let entries = Mutex<[QueuedEntry]>([])
    let queries = Mutex<[QueuedQuery]>([])
    let outcomes = Mutex<[LedgerOutcome]>([])
    /// New settings that the writer has not applied yet.
    let settings = Mutex<LedgerSettings?>(nil)
    let figures = Mutex(LedgerFigures())
    let progress = ProgressCounter()
    let isReaderEnding = Atomic(false)
    let isWriterEnding = Atomic(false)
    let writerWake: EventFD
    let readerWake: EventFD
    let loopWake: EventFD

    init() throws(SystemError) {
        writerWake = try EventFD()
        readerWake = try EventFD()
        loopWake = try EventFD()
    }

    /// Queues outcomes for the loop and wakes it.
    func deliver(_ new: [LedgerOutcome]) {
        outcomes.withLock { $0 += new }
        loopWake.signal()
    }
}
