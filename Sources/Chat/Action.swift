// What the chat wants done. The chat has no sockets: the caller carries the actions out, in their order.

/// One thing for the caller to do. `json` is always one whole JSON text in UTF-8, without a frame.
package enum Action: Equatable, Sendable {
    /// Send to one session.
    case send(SessionID, json: [UInt8])
    /// Send to all sessions that are subscribed to the room at this point of the order.
    case publish(RoomID, json: [UInt8])
    /// From here on the session gets what is published to the room.
    case subscribe(SessionID, RoomID)
    /// From here on the session no longer gets what is published to the room.
    case unsubscribe(SessionID, RoomID)
    /// Append to the ledger. The outcome comes back through `Chat.apply` with its sequence number, or through `Chat.acknowledge` or
    /// `Chat.refuse`, with the session.
    case append(Entry, from: SessionID?)
    /// Read from the ledger. The answer comes back through `Chat.answered`, with the number.
    case read(UInt64, Query)
    /// Call `Chat.drained` when everything that was sent to the session has been written.
    case awaitDrain(SessionID)
    /// Close the session's connection after everything that was sent to it. `Chat.disconnected` is still to be called.
    case close(SessionID, CloseReason)
    /// The session is the user's from now on, and in no room.
    case identified(SessionID, UserID)
    /// The session has become a member of a room. It may not be subscribed yet.
    case joinedRoom(SessionID, room: String, RoomID)
    /// The session is no longer a member of a room.
    case leftRoom(SessionID, RoomID)
    /// The answer to the administrator's command of this number.
    case adminResult(UInt64, AdminResult)
    /// For the journal.
    case report(Report)
}

/// Why the chat closes a session (PROTOCOL.md, "Close codes").
package enum CloseReason: Equatable, Sendable {
    case helloTimeout
    case overRate
    case tooManySessions
    case tooManyNames
    case kicked(reason: String?)
    case banned(until: Int64?, reason: String?)

    /// Every close code that the chat uses.
    package static let codes: Set<UInt16> = [4100, 4101, 4104, 4105, 4200, 4201]

    /// The WebSocket close code.
    package var code: UInt16 {
        switch self {
        case .helloTimeout: 4100
        case .overRate: 4101
        case .tooManySessions: 4104
        case .tooManyNames: 4105
        case .kicked: 4200
        case .banned: 4201
        }
    }

    /// The close frame's reason, a sentence for people of at most `ChatLimits.closeReasonBytes` (RFC 6455 §5.5).
    package var reason: String {
        switch self {
        case .helloTimeout: "No hello in time."
        case .overRate: "Far over the rate budget."
        case .tooManySessions: "You are here too many times."
        case .tooManyNames: "Too many new names from your address."
        case .kicked(let reason): fitting(reason ?? "Removed by an administrator.")
        case .banned(let until, let reason):
            fitting("Banned\(until.map { " until \(timeText($0))" } ?? "")\(reason.map { ": \($0)" } ?? ".")")
        }
    }
}

private func fitting(_ text: String) -> String {
    var text = text
    while text.utf8.count > ChatLimits.closeReasonBytes { text.removeLast() }
    return text
}

/// An occurrence for the journal. It contains no text of a message.
package enum Report: Equatable, Sendable {
    /// The session has signed in.
    case named(SessionID, name: String)
    case renamed(SessionID, name: String, was: String)
    case joined(SessionID, name: String, room: String)
    case left(name: String, room: String)
    case roomOpened(String)
    case roomClosed(String)
    case overRate(SessionID, name: String?)
    case tooManySessions(SessionID, name: String, count: Int)
    /// The session's address has taken too many new names.
    case tooManyNames(SessionID)
    /// No more names can be reserved.
    case namesFull(count: Int)
}
