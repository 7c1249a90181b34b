// Who is in which rooms: client 0 in room 0 and those after it, client 1 in room 1, and so on, around.

struct Seating {
    let rooms: Int
    /// Rooms of each client.
    let each: Int

    /// The lobby first, which is always there.
    static func name(_ room: Int) -> String { room == 0 ? "lobby" : "room-\(room)" }

    func rooms(of client: Int) -> [Int] { (0..<each).map { (client + $0) % rooms } }

    /// Somebody in the room; another one for the next message to it.
    func speaker(in room: Int, message index: Int, publishers: Int, clients: Int) -> Int {
        guard rooms > 1 else { return index % publishers }
        let people = (clients - room + rooms - 1) / rooms
        return room + index / rooms % max(min(publishers, people), 1) * rooms
    }

    /// How many are in each room.
    func counts(clients: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: rooms)
        for client in 0..<clients { for room in rooms(of: client) { counts[room] += 1 } }
        return counts
    }
}
