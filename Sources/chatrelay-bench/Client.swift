// One simulated client's receiving side: frames out of a byte stream, and of each event just the numbers that count.

/// What the load wants to know of one event.
enum Received {
    /// A user message: its sequence number, and the index in the schedule that is its id.
    case message(seq: Int, index: Int)
    case joined
    case other
}

struct Client {
    /// The bytes of a frame that has not come whole yet.
    private var rest: [UInt8] = []
    var lastSeq = 0
    var isIn = false

    /// Whether the answer to the upgrade request is behind us.
    private var isOpen = false

    /// Takes what came, and appends each whole event to `events`. Server frames are not masked (RFC 6455 §5.1).
    mutating func receive(_ bytes: Span<UInt8>, into events: inout [Received]) {
        if !isOpen {
            for index in bytes.indices { rest.append(bytes[index]) }
            guard let end = Client.endOfHead(rest) else { return }
            isOpen = true
            let frames = Array(rest[end...])
            rest = []
            receive(frames.span, into: &events)
        } else if rest.isEmpty {
            let used = Client.parse(bytes, into: &events)
            for index in used..<bytes.count { rest.append(bytes[index]) }
        } else {
            for index in bytes.indices { rest.append(bytes[index]) }
            let used = Client.parse(rest.span, into: &events)
            rest = Array(rest[used...])
        }
    }

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
            events.append(event(bytes.extracting(body..<body + length)))
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

    private static func event(_ json: Span<UInt8>) -> Received {
        if begins(json, at: 0, joinedStart) { return .joined }
        guard begins(json, at: 0, messageStart) else { return .other }
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
}
