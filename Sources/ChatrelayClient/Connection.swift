// One WebSocket, by SwiftNIO.

#if Client

internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOWebSocket

/// How a connection ended: with a close frame, or without one (nil).
struct ConnectionEnd {
    var code: UInt16?
    var reason: String
}

enum Outgoing: Sendable {
    case text(String)
    case pong(ByteBuffer)
    case close
}

enum Incoming: Sendable {
    case open
    case text(String)
}

enum Connection {
    /// The longest frame and message of the server.
    private static let longestMessage = 1 << 20
    private static let connectSeconds: Int64 = 10
    /// The server pings every 25 s; after three times that it counts as gone.
    private static let silenceSeconds: Int64 = 75

    private struct NotUpgraded: Error, CustomStringConvertible {
        let description = "The server does not accept a WebSocket."
    }

    private typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// Connects, and returns when the connection has ended. A cancelled task ends it.
    /// - Parameters:
    ///   - sending: the commands for the server, in the order in which they are sent.
    ///   - replies: its other end, for answers to pings.
    static func run(
        _ endpoint: ChatEndpoint, sending: AsyncStream<Outgoing>, replies: AsyncStream<Outgoing>.Continuation,
        received: @escaping @Sendable (Incoming) async throws -> Void
    ) async throws -> ConnectionEnd {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(connectSeconds))
        let upgrade: EventLoopFuture<Frames?> =
            switch endpoint {
            case .unix(let path):
                try await bootstrap.connect(unixDomainSocketPath: path) { prepare($0, host: "localhost", path: "/ws") }
            case .webSocket(let host, let port, let path):
                try await bootstrap.connect(host: host, port: port) {
                    prepare($0, host: (host.contains(":") ? "[\(host)]" : host) + ":\(port)", path: path)
                }
            }
        guard let frames = try await upgrade.get() else { throw NotUpgraded() }
        return try await frames.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: ConnectionEnd?.self) { group in
                group.addTask {
                    for await item in sending { try await outbound.write(frame(item)) }
                    return nil
                }
                group.addTask {
                    try await received(.open)
                    return try await read(inbound, replies, received)
                }
                defer { group.cancelAll() }
                while let end = try await group.next() {
                    if let end { return end }
                }
                return ConnectionEnd(code: nil, reason: "")
            }
        }
    }

    private static func read(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>, _ replies: AsyncStream<Outgoing>.Continuation,
        _ received: @Sendable (Incoming) async throws -> Void
    ) async throws -> ConnectionEnd {
        for try await frame in inbound {
            switch frame.opcode {
            case .text: try await received(.text(String(buffer: frame.unmaskedData)))
            case .ping: replies.yield(.pong(frame.unmaskedData))
            case .connectionClose:
                var data = frame.unmaskedData
                replies.yield(.close)
                return ConnectionEnd(code: data.readInteger(), reason: String(buffer: data))
            default: break
            }
        }
        return ConnectionEnd(code: nil, reason: "The connection has ended.")
    }

    /// RFC 6455 §5.3: a client masks each frame.
    private static func frame(_ item: Outgoing) -> WebSocketFrame {
        switch item {
        case .text(let text):
            WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(string: text))
        case .pong(let data): WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: data)
        case .close:
            WebSocketFrame(
                fin: true, opcode: .connectionClose, maskKey: .random(), data: ByteBuffer(integer: UInt16(1000)))
        }
    }

    /// The pipeline of a new connection: an upgrade request, then frames.
    private static func prepare(_ channel: any Channel, host: String, path: String) -> EventLoopFuture<
        EventLoopFuture<Frames?>
    > {
        channel.eventLoop.makeCompletedFuture {
            let upgrader = NIOTypedWebSocketClientUpgrader<Frames?>(maxFrameSize: longestMessage) { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(IdleStateHandler(readTimeout: .seconds(silenceSeconds)))
                    try pipeline.addHandler(SilenceHandler())
                    try pipeline.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1_024,
                            maxAccumulatedFrameSize: longestMessage))
                    return try Frames(wrappingChannelSynchronously: channel)
                }
            }
            let head = HTTPRequestHead(
                version: .http1_1, method: .GET, uri: path,
                headers: ["Host": host, "Sec-WebSocket-Protocol": "chatrelay.v1"])
            let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Frames?>(
                upgradeRequestHead: head, upgraders: [upgrader],
                notUpgradingCompletionHandler: { $0.eventLoop.makeSucceededFuture(nil) })
            return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                configuration: .init(upgradeConfiguration: upgrade))
        }
    }
}

/// Closes a connection on which nothing has come for too long.
private final class SilenceHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}

#endif
