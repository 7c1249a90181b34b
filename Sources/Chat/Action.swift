// What the chat wants done. The chat knows no sockets: the caller carries these out, in this order.

/// One thing for the caller to do. `json` is always one whole JSON text in UTF-8, not framed.
package enum Action: Equatable, Sendable {
    /// To one session.
    case send(SessionID, json: [UInt8])
    /// To all sessions that are subscribed to the room at this point of the order.
    case publish(RoomID, json: [UInt8])
    /// From here on the session gets what is published to the room.
    case subscribe(SessionID, RoomID)
    /// From here on the session no longer gets what is published to the room.
    case unsubscribe(SessionID, RoomID)
    /// To the ledger. It comes back through `Chat.apply` with its sequence number, or through `Chat.acknowledge` or
    /// `Chat.refuse`, with the session.
    case append(Entry, from: SessionID?)
    /// A question to the ledger. The answer comes back through `Chat.answered`, with the number.
    case read(UInt64, Query)
    /// `Chat.proceed` is to be called when all that was sent to the session has been written.
    case awaitDrain(SessionID)
    /// Close the session's connection after all that was sent to it. `disconnected` is still to be called.
    case close(SessionID, CloseReason)
    /// The session is the user's from now on, and in no room.
    case identified(SessionID, UserID)
    /// The session has become a member of a room, which it may not hear yet; or is one no longer.
    case joinedRoom(SessionID, room: String, RoomID)
    case leftRoom(SessionID, RoomID)
    /// What came of the order of this number.
    case adminResult(UInt64, AdminResult)
    /// Something that an administrator reads about; carries no text of any message.
    case report(Report)
}

/// An occurrence for the journal.
package enum Report: Equatable, Sendable {
    case named(SessionID, name: String)
    case renamed(SessionID, name: String, was: String)
    case joined(SessionID, name: String, room: String)
    case left(name: String, room: String)
    case roomOpened(String)
    case roomClosed(String)
    case overRate(SessionID, name: String?)
    case tooManySessions(SessionID, name: String, count: Int)
    /// As many new names as its address may take.
    case tooManyNames(SessionID)
    /// As many names as can be reserved.
    case namesFull(count: Int)
}
