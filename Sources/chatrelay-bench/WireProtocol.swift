// What is said on the wire: the requests of a client, and a message as each protocol has it.

enum WireProtocol: String, CaseIterable {
    /// chatrelay.v1, Sources/Chat/PROTOCOL.md.
    case chat
    /// No protocol above WebSocket: the server sends each frame to everyone, its sender too. What is sent looks like
    /// chat's event, so that it has its size and is read like it.
    case raw

    /// The upgrade request (RFC 6455 §4.1). The key may be the same for all: nobody is in between.
    static let upgrade = Array(
        [
            "GET /ws HTTP/1.1", "Host: bench", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: chatrelay.v1", "", "",
        ].joined(separator: "\r\n").utf8)

    /// The client's first message, where it has one.
    func hello(_ client: Int) -> String? {
        self == .chat ? #"{"type":"hello","name":"bench-\#(client)"}"# : nil
    }

    /// - Parameters:
    ///   - index: the message's place in the schedule; its id.
    ///   - time: milliseconds since 1970, which here just gives the frame its size.
    func message(_ index: Int, text: String, from client: Int, at time: Int64) -> String {
        switch self {
        case .chat: #"{"type":"message","id":"\#(index)","room":"lobby","text":"\#(text)"}"#
        case .raw:
            #"{"type":"message","seq":\#(index + 1),"id":"\#(index)","room":"lobby","from":"bench-\#(client)","#
                + #""text":"\#(text)","at":\#(time)}"#
        }
    }
}
