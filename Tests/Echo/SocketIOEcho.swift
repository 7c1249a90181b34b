// The server that the conformance suites of Engine.IO 4 and Socket.IO 5 are written for, over the daemon's own code:
// /engine.io/ echoes each message, /socket.io/ each event.

import Compression
import HTTP
import Linux
import SocketIO
import WebSocket

final class SocketIOEcho {
    private enum CarrierPhase {
        case request(RequestParser)
        /// A request that waits for its response.
        case waiting
        case webSocket(Endpoint)
        case closing
    }

    private final class EchoConnection {
        var phase = CarrierPhase.request(RequestParser(bodyBytes: maxPayload))
        var isSocketIO = false
        var out: [UInt8] = []
        var sent = 0
    }

    private struct EchoSession {
        var socket = SocketSession()
        var namespaces: Set<String> = []
    }

    private static let maxPayload = 1_000_000
    private static let connectMilliseconds: Int64 = 1_000

    private let listener: FileDescriptor
    private var poller: ConnectionPoller
    private var connections: [Slot: EchoConnection] = [:]
    private var slots: [CarrierID: Slot] = [:]
    private var carriers: [Slot: CarrierID] = [:]
    private var last: UInt64 = 0
    private var ready: [Readiness] = []
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private let inflater: Inflater
    private var engine: EngineServer
    private var socketIO: EngineServer
    private var sessions: [EngineServer.Number: EchoSession] = [:]
    private var now: Int64 { Clock.monotonic }

    init(path: String) throws {
        listener = try UnixSocket.listen(path: path, backlog: 4_096)
        poller = try ConnectionPoller(batch: 64)
        let settings = EngineSettings(
            pingInterval: 300, pingTimeout: 200, maxPayload: SocketIOEcho.maxPayload, queueBytes: 4_000_000)
        engine = EngineServer(settings: settings, limit: 1_000)
        let keeping = EngineSettings(
            pingInterval: 300, pingTimeout: 200, maxPayload: SocketIOEcho.maxPayload, queueBytes: 4_000_000,
            keepTimeout: SocketIOEcho.connectMilliseconds)
        socketIO = EngineServer(settings: keeping, limit: 1_000)
        inflater = Inflater()
    }

    func turn() throws {
        while case .connection(let socket) = UnixSocket.accept(listener) {
            let slot = try poller.insert(socket)
            last += 1
            (connections[slot], slots[last], carriers[slot]) = (EchoConnection(), slot, last)
        }
        poller.poll(into: &ready, wait: 2)
        for event in ready where event.readable && connections[event.slot] != nil { read(event.slot) }
        ready.removeAll(keepingCapacity: true)
        change(isSocketIO: false) { $0.tick(at: now, into: &$1) }
        change(isSocketIO: true) { $0.tick(at: now, into: &$1) }
        for slot in Array(connections.keys) { write(slot) }
    }

    private func read(_ slot: Slot) {
        switch poller.read(slot, into: &buffer) {
        case .wouldBlock: break
        case .ended: remove(slot)
        case .bytes(let count):
            var bytes: [UInt8] = []
            swap(&bytes, &buffer)
            receive(slot, bytes.span.extracting(0..<count))
            swap(&bytes, &buffer)
        }
    }

    private func remove(_ slot: Slot) {
        poller.remove(slot)
        guard let connection = connections.removeValue(forKey: slot), let carrier = carriers.removeValue(forKey: slot)
        else { return }
        slots[carrier] = nil
        change(isSocketIO: connection.isSocketIO) { $0.carrierClosed(carrier, at: now, into: &$1) }
    }

    private func receive(_ slot: Slot, _ bytes: Span<UInt8>) {
        guard let connection = connections[slot], let carrier = carriers[slot] else { return }
        switch connection.phase {
        case .request(var parser):
            do throws(HTTPError) {
                guard let (request, consumed) = try parser.receive(bytes) else {
                    return connection.phase = .request(parser)
                }
                connection.phase = .waiting
                connection.isSocketIO = request.head.path == "/socket.io/"
                try handle(request, connection, carrier)
                if case .webSocket = connection.phase { receive(slot, bytes.extracting(consumed..<bytes.count)) }
            } catch {
                respond(connection, error.response)
            }
        case .webSocket(var endpoint):
            connection.phase = .closing
            var isOver = false
            var messages: [(bytes: [UInt8], isBinary: Bool)] = []
            endpoint.receive(bytes, inflater) { event in
                switch event {
                case .text(let payload): messages.append((payload, false))
                case .binary(let payload): messages.append((payload, true))
                case .ping(let payload): connection.out += Frame.pong(payload)
                case .pong: break
                case .close(let code, let reason):
                    connection.out += Frame.close(code, reason: reason)
                    isOver = true
                case .failed(let code, let reason):
                    connection.out += Frame.close(code.rawValue, reason: reason)
                    isOver = true
                }
            }
            if !isOver { connection.phase = .webSocket(endpoint) }
            for (payload, isBinary) in messages {
                change(isSocketIO: connection.isSocketIO) {
                    $0.webSocketMessage(carrier, payload, isBinary: isBinary, at: now, into: &$1)
                }
            }
        case .waiting, .closing: break
        }
    }

    private func handle(_ request: HTTPRequest, _ connection: EchoConnection, _ carrier: CarrierID) throws(HTTPError) {
        let isSocketIO = connection.isSocketIO
        let sid = "sid\(carrier)"
        guard request.head.header("upgrade")?.lowercased() == "websocket" else {
            return change(isSocketIO: isSocketIO) {
                $0.request(carrier, request.head, body: request.body, newSID: sid, at: now, into: &$1)
            }
        }
        if let error = (isSocketIO ? socketIO : engine).refusal(request.head) {
            return respond(connection, error.response)
        }
        let (response, _) = try UpgradeRequest(request.head).accept(
            subprotocol: "", windows: nil)
        connection.out += response
        connection.phase = .webSocket(
            Endpoint(messageBytes: SocketIOEcho.maxPayload, fragments: .max, compression: false))
        change(isSocketIO: isSocketIO) { $0.webSocketOpened(carrier, request.head, newSID: sid, at: now, into: &$1) }
    }

    private func respond(_ connection: EchoConnection, _ response: HTTPResponse) {
        connection.out += response.bytes()
        connection.phase = .closing
    }

    private func change(isSocketIO: Bool, _ body: (inout EngineServer, inout [EngineServer.Output]) -> Void) {
        var outputs: [EngineServer.Output] = []
        if isSocketIO { body(&socketIO, &outputs) } else { body(&engine, &outputs) }
        for output in outputs {
            switch output {
            case .opened(let number): if isSocketIO { sessions[number] = EchoSession() }
            case .respond(let carrier, let response), .session(_, .respond(let carrier, let response)):
                if let connection = connection(carrier) { respond(connection, response) }
            case .closeWebSocket(let carrier), .session(_, .closeWebSocket(let carrier)):
                guard let connection = connection(carrier) else { continue }
                connection.out += Frame.close(1000, reason: "")
                connection.phase = .closing
            case .session(_, .sendText(let carrier, let bytes)): send(.text, bytes, carrier)
            case .session(_, .sendBinary(let carrier, let bytes)): send(.binary, bytes, carrier)
            case .session(let number, .message(let bytes, let isBinary)):
                if isSocketIO {
                    receive(number, bytes, isBinary: isBinary)
                } else {
                    let packet = isBinary ? EnginePacket(binary: bytes) : EnginePacket(.message, bytes)
                    change(isSocketIO: false) { $0.send(packet, to: number, at: now, into: &$1) }
                }
            case .session(_, .upgraded): break
            case .session(let number, .ended): if isSocketIO { sessions[number] = nil }
            }
        }
    }

    private func connection(_ carrier: CarrierID) -> EchoConnection? { slots[carrier].flatMap { connections[$0] } }

    private func send(_ opcode: Opcode, _ payload: [UInt8], _ carrier: CarrierID) {
        guard let connection = connection(carrier), case .webSocket = connection.phase else { return }
        Frame.append(opcode, payloadCount: payload.count, to: &connection.out)
        connection.out += payload
    }

    // MARK: Socket.IO

    private func receive(_ number: EngineServer.Number, _ bytes: [UInt8], isBinary: Bool) {
        guard var session = sessions[number] else { return }
        do throws(SocketError) {
            let connected = session.namespaces
            let event = try session.socket.receive(bytes, isBinary: isBinary) {
                connected.contains($0) ? .connected : .unknown
            }
            sessions[number] = session
            if let event { answer(event, number) }
        } catch {
            change(isSocketIO: true) { $0.close(number, at: now, into: &$1) }
        }
    }

    private func answer(_ event: SocketSession.NamespaceEvent, _ number: EngineServer.Number) {
        switch event {
        case .connect(let namespace, let auth):
            guard namespace == "/" || namespace == "/custom" else {
                let json = Array(#"{"message":"Invalid namespace"}"#.utf8)
                return send(SocketPacket(.connectError, namespace: namespace, json: json), number)
            }
            sessions[number]?.namespaces.insert(namespace)
            socketIO.keep(number)
            let publicID = "public\(number)-\(namespace)"
            send(SocketPacket(.connect, namespace: namespace, json: Array(#"{"sid":"\#(publicID)"}"#.utf8)), number)
            let arguments = EventArguments([Array(#""auth""#.utf8), auth ?? Array("{}".utf8)])
            send(SocketPacket(.event, namespace: namespace, json: arguments.json), number)
        case .event(let namespace, let arguments, let id, let attachments):
            let binary = !attachments.isEmpty
            if arguments.name == "message-with-ack", let id {
                let json = EventArguments(Array(arguments.elements.dropFirst())).json
                send(
                    SocketPacket(
                        binary ? .binaryAcknowledgement : .acknowledgement, namespace: namespace, id: id, json: json,
                        attachments: attachments.count), number, attachments)
            } else if arguments.name == "message" {
                let json = EventArguments([Array(#""message-back""#.utf8)] + arguments.elements.dropFirst()).json
                send(
                    SocketPacket(
                        binary ? .binaryEvent : .event, namespace: namespace, json: json,
                        attachments: attachments.count), number, attachments)
            }
        case .acknowledgement: break
        case .disconnect(let namespace): sessions[number]?.namespaces.remove(namespace)
        }
    }

    private func send(_ packet: SocketPacket, _ number: EngineServer.Number, _ attachments: [[UInt8]] = []) {
        change(isSocketIO: true) {
            $0.send(EnginePacket(.message, packet.bytes), to: number, at: now, into: &$1)
            for bytes in attachments { $0.send(EnginePacket(binary: bytes), to: number, at: now, into: &$1) }
        }
    }

    private func write(_ slot: Slot) {
        guard let connection = connections[slot], !connection.out.isEmpty else { return }
        if case .bytes(let count) = poller.write(slot, connection.out, connection.sent..<connection.out.count) {
            connection.sent += count
        }
        guard connection.sent == connection.out.count else { return poller.awaitWriting(slot, true) }
        poller.awaitWriting(slot, false)
        (connection.out, connection.sent) = ([], 0)
        if case .closing = connection.phase { poller.endWriting(slot) }
    }
}
