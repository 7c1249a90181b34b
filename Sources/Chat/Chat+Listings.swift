// What administrators can list.

/// A connected user.
package struct UserSummary: Equatable, Sendable {
    package var name: String
    package var sessions: [SessionID]
    /// The names of its rooms, sorted.
    package var rooms: [String]
    package var isMuted: Bool
}

/// A room that exists.
package struct RoomSummary: Equatable, Sendable {
    package var name: String
    /// The number of users in it.
    package var users: Int
    /// Whether the room exists also while it is empty.
    package var isConfigured: Bool
    /// The sequence number of its newest message, 0 for none; nil where it is not in memory.
    package var newest: UInt64?
}

extension Chat {
    /// The connected users, sorted by name.
    package var userList: [UserSummary] {
        users.indices { !$0.sessions.isEmpty }.map { index in
            let user = users[index]
            return UserSummary(
                name: user.name.text, sessions: user.sessions.map(session),
                rooms: user.presences.map { rooms[$0.room].name }.sorted(),
                isMuted: sanctions[.mute(user.id)] != nil)
        }.sorted { $0.name < $1.name }
    }

    /// The rooms, sorted by name.
    package var roomList: [RoomSummary] {
        rooms.ids.map { id in
            let room = rooms[id]
            return RoomSummary(
                name: room.name, users: room.members.count, isConfigured: room.isConfigured,
                newest: room.history.newest)
        }.sorted { $0.name < $1.name }
    }

    /// Bans and mutes, in the order in which they were added.
    package var sanctionList: [Sanction] { sanctions.all }
}
