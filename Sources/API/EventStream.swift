// The events of a room as server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html
//
// A stream is a session of the chat, which says hello with one room and a position. Each event of chatrelay.v1 is one line of data;
// durable ones have their sequence number as id, so that a browser asks for the rest by itself (Last-Event-ID).

package import Chat
internal import FoundationEssentials
internal import HTTP

package enum EventStream {
    /// What the request for a stream asks.
    package struct Opening: Equatable, Sendable {
        package let room: String
        /// The client's position; nil: only what comes from now on.
        package let since: UInt64?
        /// The ledger that it belongs to, where the client knows it.
        package let ledger: String?

        init(room: String, _ head: RequestHead, _ query: QueryParameters) throws(HTTPError) {
            self.room = room
            // The header counts more: the address of an EventSource stays the same when it comes back.
            if let last = head.header("Last-Event-ID"), !last.isEmpty {
                since = try APICall.number(last, named: "Last-Event-ID")
            } else {
                since = try APICall.number("since", query)
            }
            ledger = query["ledger"]
        }

        /// The command with which the stream's session begins.
        /// - Parameters:
        ///   - newest: the newest sequence number.
        ///   - makesRoom: whether the room is made where it does not exist.
        package func hello(
            _ credential: ProgramRequest.Credential?, newest: UInt64, makesRoom: Bool
        ) -> [UInt8] {
            let jwt = credential?.jwt
            var token: String?
            if jwt == nil, case .token(let text) = credential { token = text }
            let hello = Hello(
                token: token, jwt: jwt, rooms: [room], create: makesRoom, since: since ?? newest, ledger: ledger)
            guard let json = try? JSONEncoder().encode(hello) else {
                preconditionFailure("plain values can be written")
            }
            return Array(json)
        }
    }

    private struct Hello: Encodable {
        let type = "hello"
        let token: String?
        let jwt: String?
        let rooms: [String]
        let create: Bool
        let since: UInt64
        let ledger: String?
    }

    /// The response without its body, which has no end.
    /// - Parameters:
    ///   - since: the position at which the client comes back if nothing else is sent.
    ///   - headers: further header lines.
    package static func head(since: UInt64, headers: [String]) -> [UInt8] {
        let lines =
            [
                "HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Cache-Control: no-store",
                // For nginx, where its configuration buffers.
                "X-Accel-Buffering: no", "Connection: close",
            ] + headers + ["", "id: \(since)\n\n"]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    /// A comment: keeps proxies from closing the connection.
    package static let keepAlive = Array(":\n\n".utf8)

    /// - Parameter json: an event of chatrelay.v1.
    package static func event(_ json: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(json.count + 40)
        if let seq = position(of: json) {
            bytes += "id: ".utf8
            bytes += seq
            bytes.append(UInt8(ascii: "\n"))
        }
        bytes += "data: ".utf8
        bytes += json
        bytes += "\n\n".utf8
        return bytes
    }

    /// Says why the stream ends, in an event named `close`.
    package static func close(code: UInt16, reason: String) -> [UInt8] {
        struct Close: Encodable {
            let type = "close"
            let code: UInt16
            let reason: String
        }
        let json = (try? JSONEncoder().encode(Close(code: code, reason: reason))) ?? Data()
        return Array("event: close\ndata: ".utf8) + Array(json) + Array("\n\n".utf8)
    }

    /// Whether an event to the session belongs into the stream of a room: not what concerns the user besides.
    package static func isOfRoom(_ json: [UInt8]) -> Bool {
        let text = json.prefix(prefixBytes)
        for type in ["private", "read", "reads", "renamed", "signed-out", "ack"]
        where text.starts(with: "{\"type\":\"\(type)\"".utf8) {
            return false
        }
        // The newest private messages.
        if text.starts(with: "{\"type\":\"history\",\"messages\"".utf8) { return false }
        guard ["edited", "deleted", "reaction"].contains(where: { text.starts(with: "{\"type\":\"\($0)\"".utf8) })
        else {
            return true
        }
        // Changes of a message have its number before the room.
        guard let place = text.firstRange(of: Array("\"message\":".utf8)) else { return false }
        let rest = text[place.upperBound...].drop { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        return rest.starts(with: ",\"room\":".utf8)
    }

    /// Where `seq` and the room of an event stand: after its type, and an id of at most 64 characters.
    private static let prefixBytes = 192

    /// The digits of the event's sequence number; nil for one that is not durable. A history has its newest message's.
    private static func position(of json: [UInt8]) -> ArraySlice<UInt8>? {
        if json.starts(with: "{\"type\":\"history\"".utf8) {
            return lastRange(of: Array("{\"type\":\"message\",\"seq\":".utf8), in: json).map { digits(json[$0...]) }
        }
        guard let type = json.dropFirst(9).firstIndex(of: UInt8(ascii: ",")) else { return nil }
        var rest = json[type...].dropFirst()
        let announcement = "\"event\":\"announcement\",".utf8
        if rest.starts(with: announcement) { rest = rest.dropFirst(announcement.count) }
        guard rest.starts(with: "\"seq\":".utf8) else { return nil }
        return digits(rest.dropFirst(6))
    }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }

    /// - Returns: the place after the last one. No text in JSON has the pattern: its quotation marks are escaped.
    private static func lastRange(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
        var start = bytes.count - pattern.count
        while start >= 0 {
            if bytes[start] == pattern[0], bytes[start..<start + pattern.count].elementsEqual(pattern) {
                return start + pattern.count
            }
            start -= 1
        }
        return nil
    }
}
