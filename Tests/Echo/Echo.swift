// An echo server over the daemon's own WebSocket code, for the Autobahn test suite: chatrelay-echo SOCKET.
// RFC 6455, RFC 7692.

import Compression
import HTTP
import Linux
import WebSocket

@main
final class Echo {
    private enum EchoPhase {
        case handshake(RequestParser)
        case open(Endpoint)
        /// The close frame is queued; bytes from the peer are discarded until it closes the connection.
        case closing
    }

    private final class EchoConnection {
        var phase = EchoPhase.handshake(RequestParser())
        var deflater: Deflater?
        /// The bytes to send, and how many of them are sent.
        var out: [UInt8] = []
        var sent = 0
    }

    /// The size of the test suite's largest message, 16 MiB.
    private static let messageBytes = 16 << 20

    private let listener: FileDescriptor
    private var poller: ConnectionPoller
    private var connections: [Slot: EchoConnection] = [:]
    private var ready: [Readiness] = []
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)
    private let inflater = Inflater()

    static func main() throws {
        if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--socket.io" {
            let echo = try SocketIOEcho(path: CommandLine.arguments[2])
            while true { try echo.turn() }
        }
        guard CommandLine.arguments.count == 2 else {
            Process.writeErrorLine("usage: chatrelay-echo [--socket.io] SOCKET")
            return
        }
        let echo = try Echo(path: CommandLine.arguments[1])
        while true { try echo.turn() }
    }

    private init(path: String) throws {
        listener = try UnixSocket.listen(path: path, backlog: 4_096)
        poller = try ConnectionPoller(batch: 64)
    }

    /// Accepts new connections every few milliseconds, which is often enough for tests.
    private func turn() throws {
        while case .connection(let socket) = UnixSocket.accept(listener) {
            connections[try poller.insert(socket)] = EchoConnection()
        }
        poller.poll(into: &ready, wait: 2)
        for event in ready {
            guard let connection = connections[event.slot] else { continue }
            if event.readable { read(event.slot, connection) }
            if connections[event.slot] != nil { write(event.slot, connection) }
        }
        ready.removeAll(keepingCapacity: true)
    }

    private func read(_ slot: Slot, _ connection: EchoConnection) {
        switch poller.read(slot, into: &buffer) {
        case .wouldBlock: break
        case .ended:
            poller.remove(slot)
            connections[slot] = nil
        case .bytes(let count):
            // The span borrows the array, so the array may not be part of `self` meanwhile.
            var bytes: [UInt8] = []
            swap(&bytes, &buffer)
            receive(connection, bytes.span.extracting(0..<count))
            swap(&bytes, &buffer)
        }
    }

    private func receive(_ connection: EchoConnection, _ bytes: Span<UInt8>) {
        switch connection.phase {
        case .handshake(var parser):
            do throws(HTTPError) {
                guard let (request, consumed) = try parser.receive(bytes) else {
                    return connection.phase = .handshake(parser)
                }
                let (response, compression) = try UpgradeRequest(request.head).accept(
                    subprotocol: "echo", windows: Deflater.windowBits)
                connection.out += response
                connection.deflater = compression.map { Deflater(windowBits: $0.windowBits) }
                connection.phase = .open(
                    Endpoint(messageBytes: Echo.messageBytes, fragments: .max, compression: compression != nil))
                receive(connection, bytes.extracting(consumed..<bytes.count))
            } catch {
                connection.out += error.response.bytes()
                connection.phase = .closing
            }
        case .open(var endpoint):
            connection.phase = .closing
            var isOver = false
            endpoint.receive(bytes, inflater) { isOver = answer($0, connection) || isOver }
            if !isOver { connection.phase = .open(endpoint) }
        case .closing: break
        }
    }

    /// - Returns: whether the connection is closing.
    private func answer(_ event: Endpoint.Event, _ connection: EchoConnection) -> Bool {
        switch event {
        case .text(let payload): send(.text, payload, connection)
        case .binary(let payload): send(.binary, payload, connection)
        case .ping(let payload): connection.out += Frame.pong(payload)
        case .pong: break
        case .close(let code, let reason):
            connection.out += Frame.close(code, reason: reason)
            return true
        case .failed(let code, let reason):
            connection.out += Frame.close(code.rawValue, reason: reason)
            return true
        }
        return false
    }

    private func send(_ opcode: Opcode, _ payload: [UInt8], _ connection: EchoConnection) {
        guard let deflater = connection.deflater else {
            Frame.append(opcode, payloadCount: payload.count, to: &connection.out)
            return connection.out += payload
        }
        Frame.message(opcode, payload, deflater, to: &connection.out)
    }

    private func write(_ slot: Slot, _ connection: EchoConnection) {
        if case .bytes(let count) = poller.write(slot, connection.out, connection.sent..<connection.out.count) {
            connection.sent += count
        }
        let isWhole = connection.sent == connection.out.count
        poller.awaitWriting(slot, !isWhole)
        guard isWhole else { return }
        (connection.out, connection.sent) = ([], 0)
        if case .closing = connection.phase { poller.endWriting(slot) }
    }
}
