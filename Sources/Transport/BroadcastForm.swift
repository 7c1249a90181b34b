// The forms in which a room's events go out to WebSockets.

internal import Bridge

enum BroadcastForm: Equatable {
    /// To WebSockets of our own subprotocol.
    case plain
    /// The same, to those with permessage-deflate.
    case compressed
    case socketIO(SocketIOForm)

    static let all: [BroadcastForm] = [.plain, .compressed] + SocketIOForm.allCases.map { .socketIO($0) }

    var rawValue: Int {
        switch self {
        case .plain: 0
        case .compressed: 1
        case .socketIO(let form): 2 + Int(form.rawValue)
        }
    }

    /// The text message that an event becomes; nil where clients of this form don't get it.
    func text(of json: [UInt8], ledger: String) -> [UInt8]? {
        switch self {
        case .plain, .compressed: json
        // A packet of Engine.IO: a message.
        case .socketIO(let form): form.message(of: json, ledger: ledger).map { [UInt8(ascii: "4")] + $0 }
        }
    }
}
