internal import Linux
internal import Primitives

/// What falls due for connections. Entries of connections that have ended, or got further, stay until their time.
struct ConnectionTimers {
    struct ConnectionKey: Sendable {
        let slot: Slot
        let generation: UInt32
    }

    /// Requests that must be complete.
    var handshakes = TimerQueue<ConnectionKey>()
    /// WebSockets, and connections to the control socket, that must be closed.
    var closings = TimerQueue<ConnectionKey>()
    /// Refused requests whose connections must be closed.
    var refusals = TimerQueue<ConnectionKey>()
    /// Outboxes whose oldest byte may be too old; one entry for each connection.
    var outboxes = TimerQueue<ConnectionKey>()

    /// The next connection to disconnect, whose time to close is over.
    mutating func popClosing(at now: Int64) -> ConnectionKey? { closings.popDue(at: now) ?? refusals.popDue(at: now) }
}
