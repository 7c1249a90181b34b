// One connection as the transport sees it: which phase of its protocol it is in. What is sent to it is the Broadcaster's.

internal import API
internal import HTTP
internal import Primitives
internal import WebSocket

package final class Connection {
    enum Phase {
        /// Bytes of the request are awaited (RFC 6455 §4.2.1). Stored apart: the parser is larger than what open connections need.
        indirect case handshake(RequestParser)
        /// Frames are exchanged.
        case open(Endpoint)
        /// Our close frame is sent or queued, and the peer's is awaited (RFC 6455 §7.1.2).
        case closing(Endpoint)
        /// Events of a room are sent as one response without an end.
        case streaming
        /// A request of Socket.IO, or of a program, that waits for its response.
        /// - origin: the page's, where it is another site's; its response must allow it (Fetch, “CORS protocol”).
        /// - isHead: whether the response is without its body.
        case waiting(origin: String?, isHead: Bool = false)
        /// A connection to the control socket: one request in one line.
        case control(ControlRequestBuffer)
        /// Everything is said. What the peer still sends is discarded until it has read our last bytes and closes. If we closed with
        /// its bytes unread, the kernel would reset the connection and our last bytes would be lost.
        case lingering
    }

    /// A request on the control socket, as far as it has come.
    struct ControlRequestBuffer {
        /// The user id at the other end.
        let user: UInt32?
        var bytes: [UInt8] = []
    }

    /// Unique, for the journal; goes on over restarts.
    package let number: UInt64
    /// Whether it is a WebSocket or a stream of events, or was one.
    var isWebSocket = false
    /// Whether its requests or messages are Socket.IO's.
    var isSocketIO = false
    /// Whether `ConnectionTimers.outboxes` has an entry for it.
    var isOutboxTimed = false
    /// Whether `TransportHandler.drained` is to be called once its outbox is empty.
    var awaitsDrain = false
    /// Bytes that were discarded.
    var discarded: UInt32 = 0
    var phase = Phase.handshake(Connection.requestParser)
    /// When the peer last sent something, on the monotonic clock in milliseconds.
    var lastHeard: Int64
    package let opened: Int64
    /// The client's address as the proxy names it.
    package var address: String?
    /// The user's name, for the journal.
    package var name: String?
    /// What its unfinished message takes in memory, as `ConnectionTable` has counted it.
    var inputBytes = 0
    /// What its outbox has, by the same.
    var outputBytes = 0
    /// Pings and pongs.
    var controlFrames = TokenBucket()
    /// What is left of its outbox while it is being closed, and since when it is.
    var closing: (unwritten: Int, since: Int64)?

    init(number: UInt64, at now: Int64) {
        self.number = number
        lastHeard = now
        opened = now
    }

    /// Only requests of Socket.IO and of programs have a body.
    static let requestParser = RequestParser(
        bodyBytes: WebSocketLimits.messageBytes, at: SocketTransport.socketIOPath, below: APICall.folder)

    var isOpen: Bool {
        if case .open = phase { true } else { false }
    }

    var isStreaming: Bool {
        if case .streaming = phase { true } else { false }
    }

    var isWaiting: Bool {
        if case .waiting = phase { true } else { false }
    }

    var isLingering: Bool {
        if case .lingering = phase { true } else { false }
    }
}
