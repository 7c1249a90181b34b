// The rooms that exist now, by their number and by their name.

internal import HeapModule

struct Room {
    /// Empty where the room was closed.
    let name: String
    /// A configured room exists always, another one while somebody is in it.
    var isConfigured: Bool
    /// The places of the users in it, sorted by the keys of their names.
    var members: [UInt32] = []
    /// The number of people that all were told last, and whether somebody was told another one since.
    var told = 0
    var isToldOtherwise = false
    var recent = RoomHistory()
    /// Sessions that wait for `recent` to be read.
    var waiting: [Waiting] = []
}

/// Somebody who is to be shown a room.
struct Waiting {
    let session: SessionID
    /// Whether something may be missing between what it has and what it will get.
    let gap: Bool
    /// Bytes of messages that it is shown at most.
    let bytes: Int
}

/// Numbers are dense; that of a closed room is given to the next that opens.
struct RoomTable {
    private var rooms: [Room] = []
    private var free: [RoomID] = []
    private var byName: [String: RoomID] = [:]

    var count: Int { byName.count }
    /// Those that exist, in the order of their numbers: not of a dictionary, for equal inputs must give equal actions.
    var ids: [RoomID] { rooms.indices.filter { !rooms[$0].name.isEmpty }.map { RoomID(index: UInt32($0)) } }

    subscript(id: RoomID) -> Room {
        get { rooms[Int(id.index)] }
        _modify { yield &rooms[Int(id.index)] }
    }

    func id(named name: String) -> RoomID? { byName[name] }

    mutating func open(_ name: String, isConfigured: Bool) -> RoomID {
        precondition(byName[name] == nil, "the room exists")
        let room = Room(name: name, isConfigured: isConfigured)
        let id = free.popLast() ?? RoomID(index: UInt32(rooms.count))
        if Int(id.index) == rooms.count { rooms.append(room) } else { rooms[Int(id.index)] = room }
        byName[name] = id
        return id
    }

    mutating func close(_ id: RoomID) {
        let room = self[id]
        precondition(room.members.isEmpty && !room.isConfigured, "the room stays")
        byName[room.name] = nil
        rooms[Int(id.index)] = Room(name: "", isConfigured: false)
        free.append(id)
    }

    /// The first rooms by name, with the number of people in each; the others are looked at, but not sorted.
    func listing(atMost limit: Int) -> [(name: String, users: Int)] {
        var first = Heap<String>()
        for name in byName.keys {
            if first.count < limit {
                first.insert(name)
            } else if let last = first.max, name < last {
                first.replaceMax(with: name)
            }
        }
        return first.unordered.sorted().compactMap { name in
            byName[name].map { (name, self[$0].members.count) }
        }
    }
}
