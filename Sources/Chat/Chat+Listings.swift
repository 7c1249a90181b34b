// What administrators ask to see.

/// Somebody who is here.
package struct Person: Equatable, Sendable {
    package var name: String
    package var sessions: [SessionID]
    package var rooms: [String]
    package var isMuted: Bool
}

/// A room that exists.
package struct RoomSummary: Equatable, Sendable {
    package var name: String
    /// The number of people in it.
    package var people: Int
    /// Whether it exists also while it is empty.
    package var isConfigured: Bool
    /// The number of its newest message; nothing where memory does not know it.
    package var newest: UInt64?
}

extension Chat {
    /// Those who are here, by name.
    package var people: [Person] {
        users.places(in: 0..<users.capacity) { !$0.sessions.isEmpty }.map { place in
            let user = users[place]
            return Person(
                name: user.name.text, sessions: user.sessions.map(session),
                rooms: user.presences.map { rooms[$0.room].name }.sorted(),
                isMuted: sanctions[.mute(user.id)] != nil)
        }.sorted { $0.name < $1.name }
    }

    /// The rooms, by name.
    package var roomList: [RoomSummary] {
        rooms.ids.map { id in
            let room = rooms[id]
            return RoomSummary(
                name: room.name, people: room.members.count, isConfigured: room.isConfigured,
                newest: room.recent.newest)
        }.sorted { $0.name < $1.name }
    }

    /// Bans and mutes, in the order in which they were laid on.
    package var bans: [Sanction] { sanctions.all }
}
