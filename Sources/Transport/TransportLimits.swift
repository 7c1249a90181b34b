// The fixed limits of connections, each with its unit and reason. What an administrator can choose is in TransportSettings.

package enum TransportLimits {
    // MARK: one turn of the loop

    /// Connections that one turn hears of: enough to fill a tick, few enough to keep a turn under some milliseconds.
    static let readyBatch = 512
    /// Bytes read from one connection in one turn; all connections share the buffer.
    static let readBytes = 65_536
    /// Connections accepted in one turn, so that a burst of newcomers does not delay the open connections.
    static let acceptBatch = 64
    /// Queued connections that listen(2) asks for; the kernel caps it at net.core.somaxconn (4096 by default).
    static let backlog: Int32 = 4096

    // MARK: ticks

    /// Bytes up to which pieces of several batches are copied into one write: copying costs less than another call.
    static let joinBytes = 16_384
    /// Recipients of a tick from which on the next one waits until its readers have caught up: a smaller tick costs them less
    /// than a millisecond.
    static let probedRecipients = 128
    /// Milliseconds for which it waits at most. A room of 1,000 people behind nginx reads a tick in 6 ms.
    static let gatherMilliseconds: Int64 = 20

    // MARK: closing

    /// Milliseconds in which a peer answers our close frame, or reads a refusal; then it is disconnected, unless it reads what was
    /// sent before the close frame.
    static let closeMilliseconds: Int64 = 5_000
    /// Bytes that a peer may still send meanwhile: what was in the buffers of nginx and the kernel.
    static let discardedBytes: UInt32 = 1_048_576
    /// Milliseconds for which an outbox may hold a byte before its reader counts as stuck; and for which a peer that reads slowly
    /// may take to read up to the close frame.
    static let stuckMilliseconds: Int64 = 30_000

    // MARK: abuse

    /// Connections that are not WebSockets: their requests are under way, or were refused. A proxy sends a request at once, so that
    /// few are enough; each may hold a head of 8 KiB. The oldest is dropped for a new one.
    static let pendingHandshakes = 1_024
    /// Connections that are accepted beyond the limit of WebSockets, so that they get an answer, and /metrics does.
    package static let spareConnections = acceptBatch
    /// Pings and pongs a second that a peer may send in the long run, and at once. A client that measures its latency needs one a
    /// second, and a pong for each ping of ours.
    static let controlFramesPerSecond: Int64 = 20
    static let controlFrameBurst: Int64 = 200
    /// Bytes of unfinished messages of one client address: 256 of the longest at once. A client sends a message in one piece.
    static let clientInputBytes = 16_777_216
    /// Outboxes of one client address that may be full at once: their bytes are the limit of all its outboxes together.
    static let clientOutboxes = 128
    /// Bytes of a client's address as the proxy names it; an IPv6 address with a zone is shorter.
    static let addressBytes = 64
    /// Bytes of an administrator's request: far more than the longest announcement.
    package static let controlRequestBytes = 65_536

    // MARK: descriptors

    /// Milliseconds for which a lack of descriptors counts as a problem: it is tried again every second.
    static let descriptorShortageMilliseconds: Int64 = 2_000
    /// Descriptors that are not connections: standard ones, listeners, the loop, the journal, some to spare.
    package static let reservedDescriptors = spareDescriptors + spareConnections
    package static let spareDescriptors = 32
    /// Connections for each descriptor that the stash takes: less than a pair's 125.
    static let connectionsOfDescriptor = 100
}
