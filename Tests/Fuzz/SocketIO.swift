// Requests, WebSocket messages and time for a server of Socket.IO, in any order.

import HTTP
import SocketIO

/// Each line of the input is a step: its first byte says which, its second for which connection or session.
func checkSocketIO(_ input: [UInt8]) throws {
    var world = SocketIOWorld()
    for line in input.split(separator: UInt8(ascii: "\n"), maxSplits: 200, omittingEmptySubsequences: true) {
        try world.step(Bits(Array(line)))
    }
    // All sessions end by themselves.
    for _ in 0..<100 { try world.wait(10_000) }
    try expect(world.server.count == 0, "A session goes on for ever.")
}

private struct SocketIOWorld {
    private static let settings = EngineSettings(
        pingInterval: 300, pingTimeout: 200, maxPayload: 1_000, queueBytes: 500)

    private(set) var server = EngineServer(settings: settings, limit: 3)
    private var sockets: [EngineServer.Number: SocketSession] = [:]
    private var namespaces: [EngineServer.Number: Set<String>] = [:]
    private var now: Int64 = 0
    private var opened = 0
    /// Connections that wait for a response, and open WebSockets.
    private var requests: Set<CarrierID> = []
    private var webSockets: Set<CarrierID> = []

    mutating func step(_ input: Bits) throws {
        var input = input
        let (kind, number) = (input.byte() % 8, UInt64(input.byte() % 8))
        let sid = "s\(number)"
        let rest = Array(input.rest)
        switch kind {
        case 0, 1:
            let target = number == 0 ? "transport=polling&EIO=4" : "transport=polling&sid=\(sid)"
            guard let head = SocketIOWorld.head(kind == 0 ? "GET" : "POST", target, upgrade: false) else { return }
            opened += 1
            let carrier = CarrierID(1_000 + opened)
            requests.insert(carrier)
            let newSID = "s\(opened)"
            try change { $0.request(carrier, head, body: rest, newSID: newSID, at: $1, into: &$2) }
        case 2:
            let target = number == 0 ? "transport=websocket&EIO=4" : "transport=websocket&sid=\(sid)"
            guard let head = SocketIOWorld.head("GET", target, upgrade: true), server.refusal(head) == nil else {
                return
            }
            opened += 1
            let carrier = CarrierID(1_000 + opened)
            webSockets.insert(carrier)
            let newSID = "s\(opened)"
            try change { $0.webSocketOpened(carrier, head, newSID: newSID, at: $1, into: &$2) }
        case 3, 4:
            let carrier = 1_000 + number
            guard webSockets.contains(carrier), kind == 4 || String(validating: rest, as: UTF8.self) != nil else {
                return
            }
            try change { $0.webSocketMessage(carrier, rest, isBinary: kind == 4, at: $1, into: &$2) }
        case 5:
            let carrier = 1_000 + number
            requests.remove(carrier)
            webSockets.remove(carrier)
            try change { $0.carrierClosed(carrier, at: $1, into: &$2) }
        case 6: try wait(Int64(number) * 50)
        default: try change { $0.send(EnginePacket(.message, rest), to: UInt32(number), at: $1, into: &$2) }
        }
    }

    mutating func wait(_ milliseconds: Int64) throws {
        now += milliseconds
        try change { $0.tick(at: $1, into: &$2) }
    }

    private mutating func change(_ input: (inout EngineServer, Int64, inout [EngineServer.Output]) -> Void) throws {
        var outputs: [EngineServer.Output] = []
        input(&server, now, &outputs)
        for output in outputs { try check(output) }
    }

    private mutating func check(_ output: EngineServer.Output) throws {
        switch output {
        case .opened(let number):
            try expect(sockets.updateValue(SocketSession(), forKey: number) == nil, "Two sessions have one number.")
        case .respond(let carrier, let response), .session(_, .respond(let carrier, let response)):
            try expect(requests.remove(carrier) != nil, "A request is answered twice.")
            let packets = response.body.split(separator: 0x1e, omittingEmptySubsequences: false).count
            try expect(packets <= SocketIOLimits.packetsOfPayload, "A response has \(packets) packets.")
        case .closeWebSocket(let carrier), .session(_, .closeWebSocket(let carrier)):
            try expect(webSockets.remove(carrier) != nil, "A WebSocket is closed twice.")
        case .session(_, .sendText(let carrier, _)), .session(_, .sendBinary(let carrier, _)):
            try expect(webSockets.contains(carrier), "A closed WebSocket is written to.")
        case .session(_, .upgraded(let carrier)):
            try expect(webSockets.contains(carrier), "A session is moved to a closed WebSocket.")
        case .session(let number, .message(let bytes, let isBinary)):
            try expect(sockets[number] != nil, "A message of no session.")
            try receive(number, bytes, isBinary: isBinary)
        case .session(let number, .ended):
            try expect(sockets.removeValue(forKey: number) != nil, "A session ends twice.")
            namespaces[number] = nil
        }
    }

    private mutating func receive(_ number: EngineServer.Number, _ bytes: [UInt8], isBinary: Bool) throws {
        do throws(SocketError) {
            let connected = namespaces[number] ?? []
            let event = try sockets[number]?.receive(bytes, isBinary: isBinary) {
                connected.contains($0) ? .connected : .unknown
            }
            switch event {
            case .connect(let namespace, _)?: namespaces[number, default: []].insert(namespace)
            case .disconnect(let namespace)?: namespaces[number]?.remove(namespace)
            default: break
            }
        } catch { return try change { $0.close(number, at: $1, into: &$2) } }
        guard !isBinary, let packet = try? SocketPacket(parsing: bytes) else { return }
        try expect(
            (try? SocketPacket(parsing: packet.bytes)) == packet, "The packet is written otherwise than it is read.")
    }

    private static func head(_ method: String, _ query: String, upgrade: Bool) -> RequestHead? {
        let more = upgrade ? "Upgrade: websocket\r\nConnection: Upgrade\r\n" : ""
        let request = Array("\(method) /socket.io/?\(query) HTTP/1.1\r\nHost: a\r\n\(more)\r\n".utf8)
        var parser = RequestParser()
        return try? parser.receive(request.span)?.request.head
    }
}
