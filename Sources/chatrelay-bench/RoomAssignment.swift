// Assigns clients to rooms: client 0 to room 0 and the next ones, client 1 to room 1 and the next ones, and so on, modulo
// the number of rooms.

struct RoomAssignment {
    let rooms: Int
    /// Rooms of each client.
    let each: Int

    /// Room 0 is the lobby, which always exists.
    static func name(_ room: Int) -> String { room == 0 ? "lobby" : "room-\(room)" }

    func rooms(of client: Int) -> [Int] { (0..<each).map { (client + $0) % rooms } }

    /// The sender of a message: a client in the room, another one for each message.
    func sender(in room: Int, message index: Int, publishers: Int, clients: Int) -> Int {
        guard rooms > 1 else { return index % publishers }
        let members = (clients - room + rooms - 1) / rooms
        return room + index / rooms % max(min(publishers, members), 1) * rooms
    }

    /// The number of members of each room.
    func counts(clients: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: rooms)
        for client in 0..<clients { for room in rooms(of: client) { counts[room] += 1 } }
        return counts
    }
}
