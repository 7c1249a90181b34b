// What the server sends. ServerEvent+JSON.swift encodes it.

import Primitives

/// One JSON text from the server.
enum ServerEvent {
    // To one session.
    case welcome(Welcome)
    case joined(room: String, users: Int, RoomTopic?)
    case left(room: String)
    case renamed(name: UserName)
    case signedOut(devices: [UInt64])
    case who(room: String, members: [Member], users: Int)
    /// Whether a user is here; `seen`: when it was last connected, in milliseconds since 1970.
    case whoUser(HistoryScope, online: Bool, UserPresence, seen: Int64?)
    case rooms([(name: String, users: Int, topic: RoomTopic?)], of: Int)
    case ack(MessageID, seq: UInt64, deleted: Bool = false)
    case history(HistoryScope, before: UInt64?, messages: [[UInt8]], more: Bool, gap: Bool)
    /// `next`: where a search goes on that has not looked at everything.
    case found(String, HistoryScope, before: UInt64?, messages: [[UInt8]], more: Bool, next: UInt64?)
    case devices([Chat.ListedDevice], hasRecovery: Bool)
    case link(OneTimeCode, until: Int64)
    case recovery(OneTimeCode)
    case error(Refusal)
    case `private`(seq: UInt64, PrivateMessage, gone: Bool)
    /// A message was edited or deleted, or got or lost a reaction. Also to a room.
    case changed(seq: UInt64, Change)
    case announcement(seq: UInt64, Announcement)
    case topic(seq: UInt64, RoomTopic)
    /// How far the user has read in a place, and in several.
    case read(seq: UInt64, (HistoryScope, upTo: UInt64))
    case reads([(HistoryScope, upTo: UInt64)])
    /// The server has crashed, and the connection has survived: the client must say hello again.
    case restart(again: UInt32, ledger: String, seq: UInt64)
    // To a room.
    case message(seq: UInt64, Message)
    case system(System, room: String, at: Int64)
    case typing(room: String, from: UserName, UserID)
    case signal(JSONText, room: String, from: UserName, UserID, at: Int64)
    case presence(UserName, UserID, UserPresence)

    struct Welcome {
        var name: UserName
        var user: UserID
        /// Only for a new user.
        var token: Token?
        /// The user's status line; nil for none.
        var status: String?
        var ledger: String
        var seq: UInt64
        var settings: ChatSettings
    }

    /// Which messages an answer is about.
    enum HistoryScope: Equatable {
        case room(String)
        /// Nil for a user that is gone.
        case with(String, UserID?)
        case all
    }

    /// A member of a room.
    struct Member {
        var name: String
        var id: UserID
        var presence: UserPresence
    }

    /// What others see of a user who is here.
    struct UserPresence {
        var isAway = false
        var isBot = false
        /// Nil for none.
        var status: String?
    }

    /// What happened in a room.
    enum System {
        case joined(UserName, UserID, users: Int, UserPresence)
        case left(UserName, UserID, users: Int)
        case renamed(UserName, UserID, was: UserName)
        case count(users: Int)
    }

    /// The encoded event.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: expectedSize)
        writer.object(writeFields)
        guard writer.bytes.count > expectedSize else { return writer.bytes }
        // The array has grown, and may have as much free space as bytes. Events are kept: a copy has none.
        var exact: [UInt8] = []
        exact.reserveCapacity(writer.bytes.count)
        exact += writer.bytes
        return exact
    }

    /// Bytes to allocate for the JSON. Nearly all events fit, so that one allocation is enough: few texts have characters to escape.
    private var expectedSize: Int {
        switch self {
        case .message(_, let message): 208 + message.from.utf8.count + message.text.utf8.count
        case .private(_, let message, _):
            208 + message.from.utf8.count + message.to.utf8.count + message.text.utf8.count
        case .history(_, _, let messages, _, _), .found(_, _, _, let messages, _, _):
            messages.reduce(192) { $0 + $1.count + 1 }
        case .signal(let data, _, _, _, _): 288 + data.bytes.count
        default: 192
        }
    }
}

extension Message {
    /// - Returns: the event as it was published to the room.
    package func event(seq: UInt64) -> [UInt8] { ServerEvent.message(seq: seq, self).json }
}
