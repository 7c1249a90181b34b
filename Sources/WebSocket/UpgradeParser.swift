// The request head, collected from however many pieces. RFC 9112 §2.1: it ends with an empty line.

package struct UpgradeParser: Sendable {
    private var head: [UInt8] = []

    package init() {}

    /// Takes the next bytes; each is looked at once.
    /// - Returns: the request and how many of these bytes belong to it, or nil where its end has not come yet.
    package mutating func receive(
        _ bytes: Span<UInt8>
    ) throws(UpgradeRefusal) -> (request: UpgradeRequest, consumed: Int)? {
        for index in bytes.indices {
            guard head.count < Limits.headBytes else { throw .headTooLarge }
            head.append(bytes[index])
            if bytes[index] == UInt8(ascii: "\n"), head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                return (try UpgradeRequest(head: head), index + 1)
            }
        }
        return nil
    }
}
