// What is kept about sessions until their hello is accepted.

internal import Primitives

struct PendingHellos {
    /// The names that the proxy authenticated, by slot.
    var authenticatedNames: [UInt32: UserName] = [:]
    /// Sessions that were recovered after a crash and must say hello again: the `again` number that they must send, by slot.
    var resyncs: [UInt32: UInt32] = [:]
    /// When a session without an accepted hello is closed, on CLOCK_MONOTONIC in milliseconds. A session that signed in or ended
    /// before stays in the queue until then.
    var deadlines = TimerQueue<SessionID>()

    mutating func remove(_ session: SessionID) {
        authenticatedNames[session.slot] = nil
        resyncs[session.slot] = nil
    }
}
