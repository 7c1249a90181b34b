// A reader thread's side: it takes queries and returns answers. There is one for pages and one for searches. With a ledger in memory
// the writer thread runs one for both.

internal import Chat
internal import Host
internal import Linux
internal import Synchronization

final class Reader {
    private let queues: LedgerQueues
    private let lanes: [QueryLane]
    private let queries: Queries

    init(_ queues: LedgerQueues, _ lanes: [QueryLane], _ queries: Queries) {
        self.queues = queues
        self.lanes = lanes
        self.queries = queries
    }

    /// Runs until the end of the ledger, for a reader of one lane. Queries that wait then stay unanswered: the loop, which would
    /// take the answers, has ended.
    func run() {
        while !queues.isReaderEnding.load(ordering: .acquiring) {
            if !answerNext() { lanes.first?.wake.wait() }
        }
    }

    /// Answers one query of each lane.
    /// - Returns: whether there was one.
    func answerNext() -> Bool {
        var isAny = false
        for lane in lanes {
            guard let queued = lane.removeFirst() else { continue }
            isAny = true
            // Whoever has waited so long has searched again, or has gone.
            let isLate = Clock.monotonic - queued.since > LedgerLimits.waitMilliseconds
            let late = "One of the \(lane.name) waited for more than \(LedgerLimits.waitMilliseconds / 1000) s."
            queues.deliver([.answered(queued.number, isLate ? .failed(late) : queries.answer(queued.query))])
        }
        return isAny
    }
}
