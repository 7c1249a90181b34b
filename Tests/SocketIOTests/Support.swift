import HTTP
import SocketIO

/// The head of a request with this target.
func head(_ target: String, method: String = "GET", upgrade: Bool = false) -> RequestHead {
    var lines = ["\(method) \(target) HTTP/1.1", "Host: chat.example.org"]
    if upgrade { lines += ["Upgrade: websocket", "Connection: Upgrade"] }
    guard let head = parsed(bytes((lines + ["", ""]).joined(separator: "\r\n"))) else {
        preconditionFailure("\(target) is no target of a request")
    }
    return head
}

private func parsed(_ request: [UInt8]) -> RequestHead? {
    var parser = RequestParser()
    return try? parser.receive(request.span)?.request.head
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A server of sessions s1, s2, …, whose outputs are noted as short lines.
struct EngineScript {
    var server: EngineServer
    var now: Int64 = 0
    private var opened = 0
    private var names: [EngineServer.Number: String] = [:]

    init(keepTimeout: Int64? = nil) {
        let settings = EngineSettings(
            pingInterval: 300, pingTimeout: 200, maxPayload: 1_000, queueBytes: 100, keepTimeout: keepTimeout)
        server = EngineServer(settings: settings, limit: 2)
    }

    /// Runs an input. Returns its outputs as lines.
    mutating func run(_ input: (inout EngineServer, Int64, inout [EngineServer.Output]) -> Void) -> [String] {
        var outputs: [EngineServer.Output] = []
        input(&server, now, &outputs)
        for case .opened(let number) in outputs { names[number] = "s\(opened)" }
        return outputs.map { line($0) }
    }

    /// The number of a session that goes on, by its name; another number where it has ended.
    func number(_ name: String) -> EngineServer.Number {
        names.first { $0.value == name && server.session($0.key) != nil }?.key ?? .max
    }

    mutating func get(_ carrier: UInt64, _ query: String) -> [String] { request(carrier, query, method: "GET", "") }

    mutating func post(_ carrier: UInt64, _ query: String, _ body: String) -> [String] {
        request(carrier, query, method: "POST", body)
    }

    private mutating func request(_ carrier: UInt64, _ query: String, method: String, _ body: String) -> [String] {
        opened += 1
        let sid = "s\(opened)"
        return run {
            $0.request(
                carrier, head("/socket.io/?\(query)", method: method), body: bytes(body), newSID: sid, at: $1, into: &$2
            )
        }
    }

    mutating func openWebSocket(_ carrier: UInt64, _ query: String) -> [String] {
        opened += 1
        let sid = "s\(opened)"
        return run {
            $0.webSocketOpened(carrier, head("/socket.io/?\(query)", upgrade: true), newSID: sid, at: $1, into: &$2)
        }
    }

    mutating func frame(_ carrier: UInt64, _ text: String) -> [String] {
        run { $0.webSocketMessage(carrier, bytes(text), isBinary: false, at: $1, into: &$2) }
    }

    mutating func close(_ carrier: UInt64) -> [String] { run { $0.carrierClosed(carrier, at: $1, into: &$2) } }

    mutating func send(_ text: String, to name: String) -> [String] {
        let number = number(name)
        return run { $0.send(EnginePacket(.message, bytes(text)), to: number, at: $1, into: &$2) }
    }

    mutating func closeSession(_ name: String) -> [String] {
        let number = number(name)
        return run { $0.close(number, at: $1, into: &$2) }
    }

    mutating func tick(to time: Int64) -> [String] {
        now = time
        return run { $0.tick(at: $1, into: &$2) }
    }

    private func line(_ output: EngineServer.Output) -> String {
        switch output {
        case .opened(let number): "opened \(names[number] ?? "?")"
        case .respond(let carrier, let response): EngineScript.line(carrier, response)
        case .closeWebSocket(let carrier): "\(carrier) closed"
        case .session(let number, let output): EngineScript.line(names[number] ?? "?", output)
        }
    }

    private static func line(_ name: String, _ output: EngineSession.SessionOutput) -> String {
        switch output {
        case .closeWebSocket(let carrier): "\(carrier) closed"
        case .respond(let carrier, let response): line(carrier, response)
        case .sendText(let carrier, let text): "\(carrier) \(String(decoding: text, as: UTF8.self))"
        case .sendBinary(let carrier, let bytes): "\(carrier) \(bytes)"
        case .upgraded(let carrier): "\(name) on \(carrier)"
        case .message(let text, isBinary: false): "\(name): \(String(decoding: text, as: UTF8.self))"
        case .message(let bytes, isBinary: true): "\(name): \(bytes)"
        case .ended(let reason): "\(name) ended: \(reason)"
        }
    }

    private static func line(_ carrier: UInt64, _ response: HTTPResponse) -> String {
        "\(carrier) \(response.status) \(String(decoding: response.body, as: UTF8.self).replacing("\u{1e}", with: "|"))"
    }
}
