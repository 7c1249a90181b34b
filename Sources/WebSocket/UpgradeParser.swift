// The request head, collected from however many pieces. RFC 9112 §2.1: it ends with an empty line.

package struct UpgradeParser: Sendable {
    /// What has come of the head so far.
    package private(set) var head: [UInt8] = []

    package init() {}

    /// Goes on where another one stood.
    package init(resuming head: [UInt8]) { self.head = head }

    /// Takes the next bytes; each is looked at once. What can stand in no head is refused at once, so that a peer that
    /// speaks something else (TLS, say) hears of it, and does not wait for the end of its time.
    /// - Returns: the head and how many of these bytes belong to it (the rest are frames), or nil where its end has
    ///   not come yet. After that, or after a refusal, the parser is done.
    package mutating func receive(
        _ bytes: Span<UInt8>
    ) throws(UpgradeRefusal) -> (head: RequestHead, consumed: Int)? {
        for index in bytes.indices {
            try take(bytes[index])
            if bytes[index] == UInt8(ascii: "\n"), head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                return (try RequestHead(head), index + 1)
            }
        }
        return nil
    }

    /// Only CR LF ends a line (RFC 9112 §2.2), and but for the tab no control character stands anywhere
    /// (RFC 9110 §5.5).
    private mutating func take(_ byte: UInt8) throws(UpgradeRefusal) {
        guard head.count < Limits.headBytes else { throw .headTooLarge }
        guard (byte == UInt8(ascii: "\n")) == (head.last == UInt8(ascii: "\r")) else {
            throw .badRequest("A line of the request does not end with CR LF.")
        }
        switch byte {
        case UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x20...0x7e, 0x80...: head.append(byte)
        default: throw .badRequest("There is a control character in the request.")
        }
    }
}
