// One simulated client's receiving side: frames out of a byte stream, and of each event just the numbers that count.

/// What the load wants to know of what came.
enum Received {
    /// The upgrade was answered with 101.
    case opened
    /// The client is in the room.
    case joined
    /// A user message: its sequence number, and its place in the schedule, which is its id.
    case message(seq: Int, index: Int)
    case ping([UInt8])
    /// Any other answer to the upgrade, or an error of the chat.
    case refused(String)
    case other
}

struct Client {
    /// The bytes of a head or frame that has not come whole yet.
    private var rest: [UInt8] = []
    /// Whether the answer to the upgrade request is behind us.
    private var isOpen = false

    /// Takes what came, and appends each whole event to `events`.
    mutating func receive(_ bytes: Span<UInt8>, into events: inout [Received]) {
        if rest.isEmpty, isOpen {
            let used = Client.parse(bytes, into: &events)
            for index in used..<bytes.count { rest.append(bytes[index]) }
        } else {
            for index in bytes.indices { rest.append(bytes[index]) }
            var used = 0
            if !isOpen {
                guard let end = Client.endOfHead(rest) else { return }
                isOpen = true
                let status = String(decoding: rest.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
                events.append(status.hasPrefix("HTTP/1.1 101 ") ? .opened : .refused(status))
                used = end
            }
            used += Client.parse(rest.span.extracting(used..<rest.count), into: &events)
            rest = Array(rest[used...])
        }
    }

    /// A server's frames are not masked (RFC 6455 §5.1), and chatrelay's are never fragments.
    /// - Returns: how many bytes are whole frames.
    private static func parse(_ bytes: Span<UInt8>, into events: inout [Received]) -> Int {
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

    private static let messageStart = Array(#"{"type":"message","seq":"#.utf8)
    private static let idStart = Array(#","id":""#.utf8)
    private static let joinedStart = Array(#"{"type":"joined""#.utf8)
    private static let errorStart = Array(#"{"type":"error""#.utf8)

    private static func event(_ json: Span<UInt8>) -> Received {
        guard begins(json, at: 0, messageStart) else {
            if begins(json, at: 0, joinedStart) { return .joined }
            return begins(json, at: 0, errorStart) ? .refused(String(decoding: array(json), as: UTF8.self)) : .other
        }
        var position = messageStart.count
        let seq = number(json, &position)
        guard begins(json, at: position, idStart) else { return .other }
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
