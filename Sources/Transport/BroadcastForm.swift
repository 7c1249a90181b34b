// The forms in which a room's events go out to WebSockets and streams.

internal import Bridge

enum BroadcastForm {
    /// To WebSockets of our own subprotocol.
    case plain
    /// The same, to those with permessage-deflate.
    case compressed
    /// Server-sent events.
    case eventStream
    case socketIO(SocketIOForm)

    /// The number of the first form of Socket.IO.
    static let socketIOStart = 3
    static let count = socketIOStart + 4

    var rawValue: Int {
        switch self {
        case .plain: 0
        case .compressed: 1
        case .eventStream: 2
        case .socketIO(let form): BroadcastForm.socketIOStart + Int(form.rawValue)
        }
    }
}
