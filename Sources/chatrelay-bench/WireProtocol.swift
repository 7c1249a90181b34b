// What is said on the wire: a client's first message, and a message as each protocol has it.

enum WireProtocol: String, CaseIterable {
    /// chatrelay.v1, Sources/Chat/PROTOCOL.md.
    case chat
    /// No protocol above WebSocket: the server sends each frame to everyone, its sender too. What is sent looks like
    /// chat's event, so that it has its size and is read like it.
    case raw
    /// Socket.IO 5 over Engine.IO 4, WebSocket only: the server emits each "message" to everyone.
    /// https://socket.io/docs/v4/socket-io-protocol/
    case socketio

    /// Of the upgrade request.
    var path: String { self == .socketio ? "/socket.io/?EIO=4&transport=websocket" : "/ws" }

    /// The client's first message, where it has one.
    func hello(_ client: Int, rooms: [Int]) -> String? {
        switch self {
        case .chat:
            let names = rooms.map { "\"\(Seating.name($0))\"" }.joined(separator: ",")
            return #"{"type":"hello","name":"bench-\#(client)","rooms":[\#(names)],"create":true}"#
        case .raw: return nil
        case .socketio: return "40"
        }
    }

    /// - Parameters:
    ///   - index: the message's place in the schedule; its id.
    ///   - time: milliseconds since 1970, which here just gives the frame its size.
    func message(_ index: Int, text: String, in room: Int, from client: Int, at time: Int64) -> String {
        if self == .chat {
            return #"{"type":"message","id":"\#(index)","room":"\#(Seating.name(room))","text":"\#(text)"}"#
        }
        let event =
            #"{"type":"message","seq":\#(index + 1),"id":"\#(index)","room":"lobby","from":"bench-\#(client)","#
            + #""text":"\#(text)","at":\#(time)}"#
        return self == .raw ? event : #"42["message",\#(event)]"#
    }

    /// A message of chat to one other client.
    static func privateMessage(_ index: Int, text: String, to client: Int) -> String {
        #"{"type":"private","id":"\#(index)","to":"bench-\#(client)","text":"\#(text)"}"#
    }
}
