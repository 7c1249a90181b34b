package import Chat

/// The door to the connections. What is sent within one tick goes out at its end, in the order of these calls.
package protocol Transport: AnyObject {
    /// To one session; nothing happens where it is not open any more.
    /// - Parameter json: one whole JSON text in UTF-8, not framed.
    func send(_ json: [UInt8], to session: SessionID)

    /// To all sessions that are subscribed to the room at this point of the order.
    func publish(_ json: [UInt8], to room: RoomID)

    /// From here on the session gets what is published to the room.
    func subscribe(_ session: SessionID, to room: RoomID)

    /// From here on the session does not get what is published to the room; nothing happens where it was not subscribed.
    func unsubscribe(_ session: SessionID, from room: RoomID)

    /// Calls for `ChatHost.drained` once everything that was sent to the session is written to its socket.
    func awaitDrain(_ session: SessionID)

    /// Closes the session's connection after what was sent to it before. After this it gets nothing more.
    /// - Returns: whether the session was open.
    func close(_ session: SessionID, _ reason: CloseReason, at now: Moment) -> Bool
}
