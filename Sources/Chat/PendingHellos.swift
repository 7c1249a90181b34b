// What is kept about sessions until their hello is accepted.

internal import Primitives

struct PendingHellos {
    /// The names that the proxy authenticated, by slot.
    var authenticatedNames: [UInt32: UserName] = [:]
    /// The tokens of their users, where `hello` makes new ones, by slot.
    var tokens: [UInt32: Token] = [:]
    /// Sessions that were recovered after a crash and must say hello again: the `again` number that they must send, by slot.
    var resyncs: [UInt32: UInt32] = [:]
    /// When a session without an accepted hello is closed, on CLOCK_MONOTONIC in milliseconds. A session that signed in or ended
    /// before stays in the queue until then.
    var deadlines = TimerQueue<SessionID>()

    mutating func removeIdentity(of session: SessionID) {
        authenticatedNames[session.slot] = nil
        tokens[session.slot] = nil
    }

    mutating func remove(_ session: SessionID) {
        removeIdentity(of: session)
        resyncs[session.slot] = nil
    }
}
