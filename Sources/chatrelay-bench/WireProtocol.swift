// The payloads of each protocol: a client's first message, and a message to a room.

enum WireProtocol: String, CaseIterable {
    /// chatrelay.v1, Sources/Chat/PROTOCOL.md.
    case chat
    /// No protocol above WebSocket: the server sends each frame to all clients, also to its sender. The frames have the form
    /// of chat's events, so that they have the same size and the same reader.
    case raw
    /// Socket.IO 5 over Engine.IO 4, WebSocket only: the chat of the Socket.IO tutorial, whose server emits each
    /// "chat message" to all clients. The text begins with the message's index.
    /// https://socket.io/docs/v4/tutorial/step-5
    case socketio

    /// The path of the upgrade request.
    var path: String {
        switch self {
        case .chat, .raw: "/ws"
        case .socketio: "/socket.io/?EIO=4&transport=websocket"
        }
    }

    /// Whether a client may send before the server has. In Engine.IO it waits for the server's open packet; Node's server
    /// loses what comes earlier.
    var clientBegins: Bool { self != .socketio }

    /// The client's first message; nil where the protocol has none.
    func hello(_ client: Int, rooms: [Int]) -> String? {
        switch self {
        case .chat:
            let names = rooms.map { "\"\(RoomAssignment.name($0))\"" }.joined(separator: ",")
            return #"{"type":"hello","name":"bench-\#(client)","rooms":[\#(names)],"create":true}"#
        case .raw: return nil
        case .socketio: return "40"
        }
    }

    /// - Parameters:
    ///   - index: the message's index in the schedule, which is its id.
    ///   - text: without characters that JSON escapes.
    ///   - time: milliseconds since 1970; only for the size of the frame.
    func message(_ index: Int, text: String, in room: Int, from client: Int, at time: Int64) -> String {
        switch self {
        case .chat: #"{"type":"message","id":"\#(index)","room":"\#(RoomAssignment.name(room))","text":"\#(text)"}"#
        case .raw:
            #"{"type":"message","seq":\#(index + 1),"id":"\#(index)","room":"lobby","from":"bench-\#(client)","#
                + #""text":"\#(text)","at":\#(time)}"#
        case .socketio: #"42["chat message","\#(index) \#(text)"]"#
        }
    }

    /// A private message of chat to one other client.
    static func privateMessage(_ index: Int, text: String, to client: Int) -> String {
        #"{"type":"private","id":"\#(index)","to":"bench-\#(client)","text":"\#(text)"}"#
    }
}
