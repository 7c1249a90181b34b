// One connection: the bytes that are under way in both directions, and what the daemon keeps for it.

import Chat
import HTTP
import WebSocket

final class Link {
    /// What goes over it: frames of chatrelay.v1, frames of Socket.IO, or one request and its response.
    enum Use { case chat, socketIO, request }

    enum LinkPhase: Equatable {
        case open
        /// The daemon's close frame is sent; the client's is awaited until then.
        case closing(until: Int64)
        /// The daemon has let go of it.
        case gone
    }

    /// Its slot. It is a session of the chat where its use is `chat`.
    var session: SessionID
    let use: Use
    /// The place of the client that has the other end.
    let client: Int
    let socketBytes: Int
    var phase = LinkPhase.open
    var endpoint = Endpoint()
    /// What has come of the request; nil once it is whole.
    var request: RequestParser?
    /// Bytes that the client has sent and the daemon has not read.
    var up: [UInt8] = []
    /// Bytes in the socket that the client has not read.
    private(set) var down: [UInt8] = []
    /// Frames that wait behind the socket; of the first, a part may be in it already.
    private(set) var outbox: [[UInt8]] = []
    private(set) var outboxBytes = 0
    private var isFirstCut = false
    /// Since when something has waited, on the monotonic clock.
    private(set) var queuedSince: Int64 = .max
    /// The line is cut: nobody reads `down`, and the daemon finds the end after `up` at that time.
    private(set) var endsAt: Int64?
    var awaitsDrain = false

    init(_ session: SessionID, _ use: Use, client: Int, socketBytes: Int) {
        self.session = session
        self.use = use
        if use == .request { request = RequestParser(bodyBytes: WebSocketLimits.messageBytes) }
        self.client = client
        self.socketBytes = socketBytes
    }

    var isCut: Bool { endsAt != nil }

    /// Its number for the bridge.
    var carrier: UInt64 { UInt64(session.generation) << 32 | UInt64(session.slot) }

    /// The daemon sends one whole frame, or whole frames.
    func write(_ frames: [UInt8], at now: Int64) {
        guard outbox.isEmpty else {
            outbox.append(frames)
            outboxBytes += frames.count
            return
        }
        let count = min(frames.count, max(socketBytes - down.count, 0))
        down += frames.prefix(count)
        guard count < frames.count else { return }
        outbox = [Array(frames.dropFirst(count))]
        outboxBytes = frames.count - count
        isFirstCut = count > 0
        queuedSince = now
    }

    /// The socket may have room again.
    /// - Returns: whether all that waited has gone out.
    func resume() -> Bool {
        guard !outbox.isEmpty else { return false }
        var sent = 0
        while sent < outbox.count, down.count < socketBytes {
            let count = min(outbox[sent].count, socketBytes - down.count)
            down += outbox[sent].prefix(count)
            outboxBytes -= count
            guard count == outbox[sent].count else {
                outbox[sent].removeFirst(count)
                isFirstCut = true
                break
            }
            isFirstCut = false
            sent += 1
        }
        outbox.removeFirst(sent)
        if outbox.isEmpty { queuedSince = .max }
        return outbox.isEmpty
    }

    /// Drops what waits but for the frame under way.
    func cutQueue() {
        outbox = isFirstCut ? Array(outbox.prefix(1)) : []
        outboxBytes = outbox.first?.count ?? 0
    }

    /// The daemon is gone, and the line is not: what waited is lost but for the rest of a frame, and so is the message that is
    /// half read.
    func outlive() {
        cutQueue()
        endpoint = Endpoint(skipping: endpoint.position)
        awaitsDrain = false
    }

    /// The client reads so many bytes.
    func read(_ count: Int) -> [UInt8] {
        defer { down.removeFirst(count) }
        return Array(down.prefix(count))
    }

    /// The line is cut: of what was sent the daemon gets so much, then the end.
    func cut(keeping count: Int, endsAt time: Int64) {
        up = Array(up.prefix(count))
        endsAt = time
    }
}
