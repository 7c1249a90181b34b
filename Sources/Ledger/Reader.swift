// The reader thread's side: questions in, answers out. In memory it is the writer that runs it.

internal import Chat
internal import Host
internal import Linux
internal import Synchronization

/// A question on its way to the reader.
struct Question {
    var number: UInt64
    var query: Query
}

final class Reader {
    private let shared: Shared
    private let queries: Queries

    init(_ shared: Shared, _ queries: Queries) {
        self.shared = shared
        self.queries = queries
    }

    /// Until the end; questions that wait then have nobody left to be answered to.
    func run() {
        while !shared.isReaderEnding.load(ordering: .acquiring) {
            if !answerNext() { shared.asked.wait() }
        }
    }

    /// - Returns: whether there was a question.
    func answerNext() -> Bool {
        let question = shared.questions.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let question else { return false }
        shared.hand([.answered(question.number, queries.answer(question.query))])
        return true
    }
}
