// Who still has to say hello, so that time-outs cost nothing for the many who did.

/// Sessions in the order in which they connected. Those that said hello or went away stay in it until their time is over.
struct HelloQueue {
    private var waiting: [(session: SessionID, deadline: Int64)] = []
    private var first = 0

    mutating func append(_ session: SessionID, connectedAt now: Int64) {
        waiting.append((session, now + ChatLimits.helloTimeout))
    }

    /// All of them, in order.
    var deadlines: ArraySlice<(session: SessionID, deadline: Int64)> { waiting[first...] }

    /// Those of a queue that was written down, in any order.
    mutating func resume(_ sessions: [(session: SessionID, deadline: Int64)]) {
        waiting += sessions.sorted { $0.deadline < $1.deadline }
    }

    /// Takes out the first session whose time is over, if there is one.
    /// - Parameter now: CLOCK_MONOTONIC in milliseconds.
    mutating func popOverdue(at now: Int64) -> SessionID? {
        guard first < waiting.count, waiting[first].deadline <= now else { return nil }
        let session = waiting[first].session
        first += 1
        // Half of it is gone: to move the rest costs no more than it has cost to get here.
        if first * 2 >= waiting.count {
            waiting.removeFirst(first)
            first = 0
        }
        return session
    }
}
