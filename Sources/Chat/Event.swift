// All that the server says. How it is written stands in Event+JSON.swift.

/// One JSON text from the server.
enum Event {
    // To one session.
    case welcome(Welcome)
    case joined(room: String, users: Int)
    case left(room: String)
    case renamed(name: UserName)
    case who(room: String, names: [String], users: Int)
    case rooms([(name: String, users: Int)], of: Int)
    case ack(MessageID, seq: UInt64, deleted: Bool = false)
    case history(Place, before: UInt64?, messages: [[UInt8]], more: Bool, gap: Bool)
    case found(String, Place, before: UInt64?, messages: [[UInt8]], more: Bool)
    case error(Refusal)
    case `private`(seq: UInt64, PrivateMessage, gone: Bool)
    case deleted(seq: UInt64, Deletion)
    case announcement(seq: UInt64, Announcement)
    /// The server has lost what it knew of the session, and its connection lives.
    case restart(again: UInt32, ledger: String, seq: UInt64)
    // To a room.
    case message(seq: UInt64, Message)
    case system(System, room: String, at: Int64)
    case typing(room: String, from: UserName)

    struct Welcome {
        var name: UserName
        /// Of a user that is new.
        var token: Token?
        var ledger: String
        var seq: UInt64
        var settings: ChatSettings
    }

    /// What an answer is about.
    enum Place: Equatable {
        case room(String)
        case with(String)
        case all
    }

    /// What happened to somebody in a room.
    enum System {
        case joined(UserName, users: Int)
        case left(UserName, users: Int)
        case renamed(UserName, was: UserName)
        case count(users: Int)
    }

    /// The event as it goes over the wire.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: likelySize)
        writer.object(writeFields)
        return writer.bytes
    }

    /// Bytes; all but the longest events fit, so that they cost one allocation.
    private var likelySize: Int {
        switch self {
        case .message(_, let message): 192 + message.text.utf8.count
        case .history(_, _, let messages, _, _), .found(_, _, _, let messages, _):
            messages.reduce(192) { $0 + $1.count + 1 }
        default: 192
        }
    }
}

extension Message {
    /// The event as a room got it.
    package func event(seq: UInt64) -> [UInt8] { Event.message(seq: seq, self).json }
}
