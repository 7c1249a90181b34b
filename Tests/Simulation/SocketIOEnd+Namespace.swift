// A client's connection to the namespace /chatrelay.v1. Commands go out as events, some of which ask for an acknowledgement.

import WebSocket

@testable import Chat

extension SocketIOEnd {
    private static let namespace = Array("/chatrelay.v1,".utf8)

    /// Sends a command of chatrelay.v1: the hello as a CONNECT, all else as events.
    func perform(_ json: String) {
        let start = #"{"type":""#
        let type = json.hasPrefix(start) ? String(json.dropFirst(start.count).prefix { $0 != "\"" }) : ""
        // The name of an event need not be repeated in its argument.
        let rest = type.isEmpty ? Substring() : json.dropFirst(start.count + type.count + 1)
        let fields = rest.hasPrefix(",") ? "{\(rest.dropFirst())" : "{}"
        guard isConnected else {
            if type == "hello" { send(Array("40/chatrelay.v1,\(fields)".utf8)) }
            return
        }
        guard !type.isEmpty else { return send(Array("42/chatrelay.v1,\(json)".utf8)) }
        var number = ""
        if world.dice.permille(600) {
            lastAcknowledgement += 1
            number = "\(lastAcknowledgement)"
            awaited[lastAcknowledgement] = json
        }
        let argument = fields == "{}" && world.dice.permille(500) ? "" : ",\(fields)"
        send(Array("42/chatrelay.v1,\(number)[\"\(type)\"\(argument)]".utf8))
    }

    /// Sends what no client would.
    func writeRaw(_ opcode: Opcode, _ payload: [UInt8]) {
        if case .webSocket = phase, let webSocket { return client.write(opcode, payload, to: webSocket) }
        if opcode == .text || opcode == .binary { send(payload) }
    }

    /// A packet of Socket.IO.
    func receiveMessage(_ packet: ArraySlice<UInt8>) {
        guard let kind = packet.first, packet.dropFirst().starts(with: SocketIOEnd.namespace) else {
            return findings.violated("\(client.me) got \(String(decoding: packet, as: UTF8.self))")
        }
        let body = packet.dropFirst(1 + SocketIOEnd.namespace.count)
        switch kind {
        case UInt8(ascii: "0"): isConnected = true
        case UInt8(ascii: "1"): client.lost(wait: world.dice.below(5_000))
        case UInt8(ascii: "2"):
            findings.expect(isConnected, "\(client.me) got an event before its CONNECT was answered")
            guard let comma = body.firstIndex(of: UInt8(ascii: ",")) else { return }
            client.receive(world.events.read(Array(body[(comma + 1)...].dropLast())))
        case UInt8(ascii: "3"): acknowledged(body)
        case UInt8(ascii: "4"):
            findings.expect(!isConnected, "\(client.me) was connected, and is refused")
            let error = body.firstRange(of: Array(#","data":"#.utf8)).map { Array(body[$0.upperBound...].dropLast()) }
            guard let error, error.starts(with: Array(#"{"type":"error""#.utf8)) else {
                return client.lost(wait: world.dice.below(5_000))
            }
            client.receive(world.events.read(error))
        default: findings.violated("\(client.me) got \(String(decoding: packet, as: UTF8.self))")
        }
    }

    private func acknowledged(_ body: ArraySlice<UInt8>) {
        let digits = body.prefix { $0 != UInt8(ascii: "[") }
        let number = Int(String(decoding: digits, as: UTF8.self)) ?? 0
        guard let command = awaited.removeValue(forKey: number) else {
            return findings.violated("\(client.me) got the acknowledgement \(number) twice, or did not ask for it")
        }
        let answer = Array(body.dropFirst(digits.count + 1).dropLast())
        findings.expect(
            !answer.isEmpty || ["typing", "signal", "read"].contains { command.hasPrefix(#"{"type":"\#($0)""#) },
            "\(client.me): \(command) has no answer")
        // Where the room's history had to be read, one answer is to all joins meanwhile.
        if answer.starts(with: Array(#"{"type":"joined""#.utf8)), answer == lastAnswer { return }
        lastAnswer = answer
        if !answer.isEmpty { client.receive(world.events.read(answer)) }
    }
}
