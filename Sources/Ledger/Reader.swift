// The reader thread's side: it takes queries and returns answers. With a ledger in memory the writer thread runs it.

internal import Chat
internal import Host
internal import Linux
internal import Synchronization

final class Reader {
    private let queues: LedgerQueues
    private let queries: Queries

    init(_ queues: LedgerQueues, _ queries: Queries) {
        self.queues = queues
        self.queries = queries
    }

    /// Runs until the end of the ledger. Queries that wait then stay unanswered: the loop, which would take the answers,
    /// has ended.
    func run() {
        while !queues.isReaderEnding.load(ordering: .acquiring) {
            if !answerNext() { queues.readerWake.wait() }
        }
    }

    /// - Returns: whether there was a query.
    func answerNext() -> Bool {
        let queued = queues.queries.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let queued else { return false }
        queues.deliver([.answered(queued.number, queries.answer(queued.query))])
        return true
    }
}
