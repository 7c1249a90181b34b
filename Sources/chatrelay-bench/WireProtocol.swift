// The payloads of each protocol: a client's first message, and a message to a room.

enum WireProtocol: String, CaseIterable {
    /// chatrelay.v1, Sources/Chat/PROTOCOL.md.
    case chat
    /// No protocol above WebSocket: the server sends each frame to all clients, also to its sender. The frames have the form
    /// of chat's events, so that they have the same size and the same reader.
    case raw
    /// Socket.IO 5 over Engine.IO 4, WebSocket only: the server emits each "message" to all clients.
    /// https://socket.io/docs/v4/socket-io-protocol/
    case socketio
    /// The same transport, with the namespace “/chatrelay.v1”: the commands and events of chat.
    case socketioChat = "socketio-chat"

    /// The path of the upgrade request.
    var path: String {
        switch self {
        case .chat, .raw: "/ws"
        case .socketio, .socketioChat: "/socket.io/?EIO=4&transport=websocket"
        }
    }

    /// The client's first message; nil where the protocol has none.
    func hello(_ client: Int, rooms: [Int]) -> String? {
        switch self {
        case .chat, .socketioChat:
            let names = rooms.map { "\"\(RoomAssignment.name($0))\"" }.joined(separator: ",")
            let fields = #""name":"bench-\#(client)","rooms":[\#(names)],"create":true}"#
            return self == .chat ? #"{"type":"hello",\#(fields)"# : "40/chatrelay.v1,{\(fields)"
        case .raw: return nil
        case .socketio: return "40"
        }
    }

    /// - Parameters:
    ///   - index: the message's index in the schedule, which is its id.
    ///   - text: without characters that JSON escapes.
    ///   - time: milliseconds since 1970; only for the size of the frame.
    func message(_ index: Int, text: String, in room: Int, from client: Int, at time: Int64) -> String {
        if self == .chat {
            return #"{"type":"message","id":"\#(index)","room":"\#(RoomAssignment.name(room))","text":"\#(text)"}"#
        }
        if self == .socketioChat {
            let fields = #"{"id":"\#(index)","room":"\#(RoomAssignment.name(room))","text":"\#(text)"}"#
            return #"42/chatrelay.v1,["message",\#(fields)]"#
        }
        let event =
            #"{"type":"message","seq":\#(index + 1),"id":"\#(index)","room":"lobby","from":"bench-\#(client)","#
            + #""text":"\#(text)","at":\#(time)}"#
        return self == .raw ? event : #"42["message",\#(event)]"#
    }

    /// A private message of chat to one other client.
    static func privateMessage(_ index: Int, text: String, to client: Int) -> String {
        #"{"type":"private","id":"\#(index)","to":"bench-\#(client)","text":"\#(text)"}"#
    }
}
