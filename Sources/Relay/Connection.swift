// One connection as the relay knows it: how far it has come. What goes out to it is Delivery's.

internal import WebSocket

final class Connection {
    enum Phase {
        /// Bytes of the upgrade request.
        case handshake(UpgradeParser)
        /// Frames.
        case open(Endpoint)
        /// Our close frame is sent or queued; the peer's is awaited (RFC 6455 §7.1.2).
        case closing(Endpoint)
        /// An administrator's request.
        case control(ControlTalk)
        /// All is said; what the peer still sends is thrown away until it has read our last bytes and hung up. To close
        /// with its bytes unread would make the kernel reset the connection, and our last words would be lost.
        case lingering
    }

    /// Unique in the daemon's life, for the journal.
    let number: UInt64
    /// Whether it is a WebSocket, or was one.
    var hasSeat = false
    /// Bytes that have come since all was said from our side.
    var discarded: UInt32 = 0
    var phase = Phase.handshake(UpgradeParser())
    /// When the peer last sent something, on the monotonic clock in milliseconds.
    var lastHeard: Int64
    let opened: Int64
    /// The client's address as the proxy names it.
    var address: String?
    /// The user's name, for the journal.
    var name: String?
    var frames = FrameBudget()
    /// Whether the chat waits for all to be written that was sent to it.
    var isPaced = false

    init(number: UInt64, at now: Int64) {
        self.number = number
        lastHeard = now
        opened = now
    }

    var isOpen: Bool {
        if case .open = phase { true } else { false }
    }

    var isLingering: Bool {
        if case .lingering = phase { true } else { false }
    }
}
