// The syntax of a request head, strictly: what two parsers could read in two ways is refused. RFC 9112 §2 to §5.

extension UpgradeRequest {
    /// The lines without their ends. Only CRLF ends a line; control characters stand nowhere.
    static func lines(of head: [UInt8]) throws(UpgradeRefusal) -> [String] {
        var lines: [String] = []
        var start = 0
        for (index, byte) in head.enumerated() {
            switch byte {
            case UInt8(ascii: "\n"):
                guard index > start, head[index - 1] == UInt8(ascii: "\r") else {
                    throw .badRequest("A line of the request does not end with CR LF.")
                }
                lines.append(String(decoding: head[start..<index - 1], as: UTF8.self))
                start = index + 1
            case UInt8(ascii: "\r"):
                guard head[index + 1] == UInt8(ascii: "\n") else {
                    throw .badRequest("A line of the request does not end with CR LF.")
                }
            case UInt8(ascii: "\t"), 0x20...0x7e, 0x80...: break
            default: throw .badRequest("There is a control character in the request.")
            }
        }
        // The last is the empty line.
        return lines.dropLast()
    }

    /// The target of the request line (RFC 9112 §3).
    static func target(of line: String) throws(UpgradeRefusal) -> String {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, isToken(parts[0]), !parts[1].isEmpty else {
            throw .badRequest("The request line is not “GET /ws HTTP/1.1”.")
        }
        // RFC 6455 §4.2.1, item 1: GET, HTTP/1.1 or higher.
        guard parts[0] == "GET" else { throw .notGet }
        guard parts[2] == "HTTP/1.1" else { throw .badRequest("Only HTTP/1.1 is spoken here.") }
        return String(parts[1])
    }

    /// A header's name in lower case, and its value (RFC 9112 §5).
    static func header(of line: String) throws(UpgradeRefusal) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: ":"), isToken(line[..<colon]) else {
            throw .badRequest("A header line is not “name: value”.")
        }
        return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmed)
    }

    /// RFC 9110 §5.6.2.
    private static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}

extension Substring {
    /// Without the spaces and tabs around it (optional white space, RFC 9110 §5.6.3).
    var trimmed: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
