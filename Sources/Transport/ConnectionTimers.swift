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
    var pings = PingTurns()

    /// The next connection to disconnect, whose time to close is over.
    mutating func popClosing(at now: Int64) -> ConnectionKey? { closings.popDue(at: now) ?? refusals.popDue(at: now) }
}

/// Spreads the pings of an interval over its seconds: a connection has its turn in one of them, by its slot.
struct PingTurns {
    /// The newest second whose connections have had their turn.
    private var last: Int64?

    /// The turns since the last call. A timer of one second may be late, so it skips some seconds, and in a daemon without other
    /// work always the same ones.
    /// - Parameters:
    ///   - now: milliseconds, monotonic.
    ///   - seconds: the interval, in which there are so many turns.
    /// - Returns: the remainders of the slots divided by `seconds`, each once.
    mutating func due(at now: Int64, seconds: Int) -> [Int] {
        let second = now / 1_000
        let first = max((last ?? second - 1) + 1, second - Int64(seconds) + 1)
        last = second
        return first <= second ? (first...second).map { Int($0) % seconds } : []
    }
}
