// Collects one request from pieces of any size: the head up to its empty line (RFC 9112 §2.1), then the body by its
// Content-Length (§6.2). One request for each connection: there is no pipelining.

/// A whole request.
package struct HTTPRequest: Sendable {
    package let head: RequestHead
    package let body: [UInt8]
}

package struct RequestParser: Sendable {
    /// All bytes of the request so far; a planned restart hands them over.
    package private(set) var received: [UInt8] = []
    /// The head, once it is whole.
    private var head: (value: RequestHead, bytes: Int)?
    private let bodyBytes: Int
    /// The only path whose requests may have a body; nil for all.
    private let bodyPath: StaticString?
    /// Where besides they may: below this path.
    private let bodyFolder: StaticString?

    /// - Parameters:
    ///   - bodyBytes: the longest body that is accepted; 0 where a request may have none.
    ///   - path: the only path whose requests may have one; nil for all.
    ///   - folder: where besides they may: below this path.
    package init(bodyBytes: Int = 0, at path: StaticString? = nil, below folder: StaticString? = nil) {
        self.bodyBytes = bodyBytes
        bodyPath = path
        bodyFolder = folder
    }

    /// Continues where another parser stood, which had not finished.
    /// - Parameter received: its `received`.
    /// - Throws: where the bytes are not the beginning of a request.
    package init(
        resuming received: [UInt8], bodyBytes: Int = 0, at path: StaticString? = nil, below folder: StaticString? = nil
    ) throws(HTTPError) {
        self.init(bodyBytes: bodyBytes, at: path, below: folder)
        guard try receive(received.span) == nil else { throw .badRequest("The request was complete already.") }
    }

    /// The head, once it is whole; also that of a request whose body is refused.
    package var wholeHead: RequestHead? { head?.value }

    /// Takes the next bytes. What no request can hold is refused at its first byte, so that a peer that speaks another protocol
    /// (TLS, for example) is told at once.
    /// - Returns: the request and how many of these bytes belong to it, or nil where more are needed. After a request or an
    ///   error the parser is done.
    /// - Throws: 400, 413 or 431.
    package mutating func receive(
        _ bytes: Span<UInt8>
    ) throws(HTTPError) -> (request: HTTPRequest, consumed: Int)? {
        var index = 0
        while head == nil {
            guard index < bytes.count else { return nil }
            try takeHead(bytes[index])
            index += 1
        }
        guard let head else { return nil }
        let end = head.bytes + head.value.contentLength
        let count = min(end - received.count, bytes.count - index)
        for offset in index..<index + count { received.append(bytes[offset]) }
        guard received.count == end else { return nil }
        return (HTTPRequest(head: head.value, body: Array(received[head.bytes...])), index + count)
    }

    /// Only CR LF ends a line (RFC 9112 §2.2), and apart from the tab no control character is allowed (RFC 9110 §5.5).
    private mutating func takeHead(_ byte: UInt8) throws(HTTPError) {
        guard received.count < HTTPLimits.headBytes else { throw .headTooLarge }
        guard (byte == UInt8(ascii: "\n")) == (received.last == UInt8(ascii: "\r")) else {
            throw .badRequest("A line of the request does not end with CR LF.")
        }
        switch byte {
        case UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x20...0x7e, 0x80...: received.append(byte)
        default: throw .badRequest("There is a control character in the request.")
        }
        guard byte == UInt8(ascii: "\n"), received.suffix(4).elementsEqual("\r\n\r\n".utf8) else { return }
        let head = try RequestHead(received)
        self.head = (head, received.count)
        let isAllowed =
            bodyPath.map { head.path == "\($0)" } ?? true || bodyFolder.map { head.path.hasPrefix("\($0)") } ?? false
        let limit = isAllowed ? bodyBytes : 0
        guard head.contentLength <= limit else {
            throw limit == 0 ? .badRequest("A request here has no body.") : .bodyTooLarge(limit: bodyBytes)
        }
    }
}
