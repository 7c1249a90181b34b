// What the tests of this room share: request heads, masked frames, the machine fed in pieces, and a seeded generator.

import Compression
import Testing
import WebSocket

/// SplitMix64: small, seeded, the same everywhere.
struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A client's frame.
func frame(_ opcode: Opcode, _ payload: [UInt8] = [], final: Bool = true, key: UInt32 = 0x37fa_213d) -> [UInt8] {
    var bytes: [UInt8] = []
    Frame.masked(opcode, payload, key: key, final: final, to: &bytes)
    return bytes
}

func frame(_ opcode: Opcode, _ payload: String, final: Bool = true) -> [UInt8] {
    frame(opcode, Array(payload.utf8), final: final)
}

func events(of bytes: [UInt8], pieces: [Int] = [Int.max], messageBytes: Int = WebSocketLimits.messageBytes) -> [Endpoint
    .Event]
{
    events(of: bytes, pieces: pieces, Endpoint(messageBytes: messageBytes))
}

/// The events of a machine that gets the bytes in pieces of the given sizes, again and again.
func events(of bytes: [UInt8], pieces: [Int], _ endpoint: Endpoint) -> [Endpoint.Event] {
    var endpoint = endpoint
    let inflater = Inflater()
    var events: [Endpoint.Event] = []
    var index = 0
    var piece = 0
    while index < bytes.count {
        let end = min(bytes.count, index + min(pieces[piece % pieces.count], bytes.count))
        endpoint.receive(bytes.span.extracting(index..<end), inflater) { events.append($0) }
        index = end
        piece += 1
    }
    return events
}

/// The code of the failure that the bytes end with, or nil.
func failure(of bytes: [UInt8], messageBytes: Int = WebSocketLimits.messageBytes) -> UInt16? {
    guard case .failed(let code, let reason)? = events(of: bytes, messageBytes: messageBytes).last else { return nil }
    #expect(!reason.isEmpty && reason.utf8.count <= 123)
    return code.rawValue
}

/// A request head: the request line, the headers that an upgrade needs, without those that begin with `without`, and more.
func head(_ line: String = "GET /ws HTTP/1.1", without: String? = nil, _ more: [String] = []) -> String {
    let good = [
        "Host: chat.example.org", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ]
    let kept = good.filter { line in without.map { !line.hasPrefix($0) } ?? true }
    return ([line] + kept + more + ["", ""]).joined(separator: "\r\n")
}

func head(_ more: [String]) -> String { head("GET /ws HTTP/1.1", more) }
