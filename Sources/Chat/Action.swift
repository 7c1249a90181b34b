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
    /// Read from the ledger, for a user or for the chat itself. The answer comes back through `Chat.answered`, with the number.
    case read(UInt64, Query, for: UserID?)
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
    /// The answer to the request of this number.
    case answer(UInt64, ProgramAnswer)
    /// For the journal.
    case report(Report)
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
