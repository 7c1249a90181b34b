package import Chat

/// The door to what outlives a crash of the process: which user each session is, and which rooms it is in.
package protocol CrashLog: AnyObject {
    /// The session belongs to the user from now on, and is in no room.
    func identified(_ session: SessionID, as user: UserID)
    func joinedRoom(_ session: SessionID, _ room: RoomID, name: String)
    func leftRoom(_ session: SessionID, _ room: RoomID)
}
