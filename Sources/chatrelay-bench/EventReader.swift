// Reads a server's byte stream: the upgrade response, WebSocket frames, and the few fields of events that are measured.

/// An event as far as the load generator needs it.
enum ReceivedEvent {
    /// The upgrade response with status 101.
    case opened
    /// The client has joined a room.
    case joined
    /// A message to a room or a private one: its sequence number, and its index in the schedule, which is its id.
    case message(seq: Int, index: Int)
    case ping([UInt8])
    /// The first packet of Engine.IO, after which the client may send.
    case engineOpened
    /// A ping of Engine.IO.
    case enginePing
    /// The status line of an upgrade response other than 101, or an error event.
    case refused(String)
    /// The welcome event, as JSON.
    case welcome(String)
    /// Another event, by its type.
    case other(String)
}

struct EventReader {
    /// The bytes of an incomplete response head or frame.
    private var rest: [UInt8] = []
    /// Whether the upgrade response was read.
    private var isOpen = false

    /// Reads bytes, and appends each complete event to `events`.
    mutating func receive(_ bytes: Span<UInt8>, into events: inout [ReceivedEvent]) {
        if rest.isEmpty, isOpen {
            let used = EventReader.parse(bytes, into: &events)
            for index in used..<bytes.count { rest.append(bytes[index]) }
        } else {
            for index in bytes.indices { rest.append(bytes[index]) }
            var used = 0
            if !isOpen {
                guard let end = EventReader.endOfHead(rest) else { return }
                isOpen = true
                let status = String(decoding: rest.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
                events.append(status.hasPrefix("HTTP/1.1 101 ") ? .opened : .refused(status))
                used = end
            }
            used += EventReader.parse(rest.span.extracting(used..<rest.count), into: &events)
            rest = Array(rest[used...])
        }
    }

    /// Parses frames. A server's frames are not masked (RFC 6455 §5.1), and chatrelay does not fragment messages.
    /// - Returns: the number of bytes in complete frames.
    private static func parse(_ bytes: Span<UInt8>, into events: inout [ReceivedEvent]) -> Int {
        var start = 0
        while start + 2 <= bytes.count {
            var length = Int(bytes[start + 1])
            var body = start + 2
            if length >= 126 {
                let extended = length == 126 ? 2 : 8
                guard body + extended <= bytes.count else { return start }
                length = 0
                for index in body..<body + extended { length = length << 8 | Int(bytes[index]) }
                body += extended
            }
            guard body + length <= bytes.count else { return start }
            let payload = bytes.extracting(body..<body + length)
            events.append(bytes[start] & 0x0f == 9 ? .ping(array(payload)) : event(payload))
            start = body + length
        }
        return start
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        return bytes.indices.first { bytes[$0...].starts(with: end) }.map { $0 + 4 }
    }

    private static let socketioMessage = Array(#"42["chat message",""#.utf8)
    private static let socketioJoined = Array("40{".utf8)
    private static let engineOpened = Array("0{".utf8)
    private static let typeStart = Array(#"{"type":""#.utf8)
    private static let messageStart = Array(#"{"type":"message","seq":"#.utf8)
    private static let privateStart = Array(#"{"type":"private","seq":"#.utf8)
    private static let idStart = Array(#","id":""#.utf8)

    private static func event(_ json: Span<UInt8>) -> ReceivedEvent {
        if begins(json, at: 0, messageStart) { return message(json, from: messageStart.count) }
        if begins(json, at: 0, socketioMessage) {
            var position = socketioMessage.count
            let index = number(json, &position)
            return .message(seq: index + 1, index: index)
        }
        if begins(json, at: 0, privateStart) { return message(json, from: privateStart.count) }
        guard begins(json, at: 0, typeStart) else {
            if begins(json, at: 0, socketioJoined) { return .joined }
            if begins(json, at: 0, engineOpened) { return .engineOpened }
            return json.count == 1 && json[0] == UInt8(ascii: "2") ? .enginePing : .other("")
        }
        var end = typeStart.count
        while end < json.count, json[end] != UInt8(ascii: "\"") { end += 1 }
        let type = String(decoding: array(json.extracting(typeStart.count..<end)), as: UTF8.self)
        switch type {
        case "joined": return .joined
        case "welcome": return .welcome(String(decoding: array(json), as: UTF8.self))
        case "error": return .refused(String(decoding: array(json), as: UTF8.self))
        default: return .other(type)
        }
    }

    private static func message(_ json: Span<UInt8>, from start: Int) -> ReceivedEvent {
        var position = start
        let seq = number(json, &position)
        guard begins(json, at: position, idStart) else { return .other("message") }
        position += idStart.count
        return .message(seq: seq, index: number(json, &position))
    }

    private static func begins(_ json: Span<UInt8>, at position: Int, _ text: [UInt8]) -> Bool {
        guard position + text.count <= json.count else { return false }
        for index in text.indices where json[position + index] != text[index] { return false }
        return true
    }

    private static func number(_ json: Span<UInt8>, _ position: inout Int) -> Int {
        var value = 0
        while position < json.count, (0x30...0x39).contains(json[position]) {
            value = value * 10 + Int(json[position] - 0x30)
            position += 1
        }
        return value
    }

    private static func array(_ bytes: Span<UInt8>) -> [UInt8] { bytes.indices.map { bytes[$0] } }
}
