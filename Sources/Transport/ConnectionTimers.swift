internal import Linux
internal import Primitives

/// What falls due for connections. Entries of connections that have ended, or got further, stay until their time.
struct ConnectionTimers {
    struct Key: Sendable {
        let slot: Slot
        let generation: UInt32
    }

    /// Requests that must be complete.
    var handshakes = TimerQueue<Key>()
    /// WebSockets, and connections to the control socket, that must be closed.
    var closings = TimerQueue<Key>()
    /// Refused requests whose connections must be closed.
    var refusals = TimerQueue<Key>()
    /// Outboxes whose oldest byte may be too old; one entry for each connection.
    var outboxes = TimerQueue<Key>()

    /// The next connection to disconnect, whose time to close is over.
    mutating func popClosing(at now: Int64) -> Key? { closings.popDue(at: now) ?? refusals.popDue(at: now) }
}
