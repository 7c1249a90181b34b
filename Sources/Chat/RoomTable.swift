// The rooms that exist, by id and by name.

internal import HeapModule
internal import Primitives

struct Room {
    /// Empty where the room was closed.
    let name: String
    /// A configured room always exists, another one while a user is in it.
    var isConfigured: Bool
    /// The indices of its users, sorted by the keys of their names.
    var members: [UInt32] = []
    /// The number of members that was last sent to all members.
    var announcedCount = 0
    /// Whether some session was sent another number since.
    var otherCountSent = false
    var history = RoomHistory()
    /// The client whose limit of rooms it counts for: that of its first session with a client's address, also after a restart.
    fileprivate(set) var client: IPAddress?
    /// Sessions that wait until `history` is loaded.
    var waitingNewcomers: [WaitingNewcomer] = []
}

/// A member that waits for the room's newest messages.
struct WaitingNewcomer {
    let session: SessionID
    /// Bytes of messages that it gets at most.
    let bytes: Int
}

/// Ids are dense; the id of a closed room is given to the next one that opens.
struct RoomTable {
    /// CLOCK_MONOTONIC in milliseconds: when the numbers of members are announced next.
    var countsDue: Int64 = .min
    /// By the room's name. Those of rooms that do not exist are kept, as their messages are.
    var topics: [String: RoomTopic] = [:]
    /// What the histories of all rooms take in memory.
    private(set) var historyBytes = 0
    /// The room whose history was looked at last by `boundHistories`.
    private var hand = 0
    private var rooms: [Room] = []
    private var free: [RoomID] = []
    private var byName: [String: RoomID] = [:]
    /// By the client's address prefix (`IPAddress.clientPrefix`).
    private var countOfClient: [IPAddress: Int] = [:]

    var count: Int { byName.count }
    /// Sorted, not in the order of a dictionary: equal inputs must give equal actions.
    var ids: [RoomID] { rooms.indices.filter { !rooms[$0].name.isEmpty }.map { RoomID(index: UInt32($0)) } }

    subscript(id: RoomID) -> Room {
        get { rooms[Int(id.index)] }
        _modify {
            historyBytes -= rooms[Int(id.index)].history.bytes
            defer { historyBytes += rooms[Int(id.index)].history.bytes }
            yield &rooms[Int(id.index)]
        }
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
        precondition(room.members.isEmpty && !room.isConfigured, "the room is in use")
        byName[room.name] = nil
        if let client = room.client, let count = countOfClient[client] {
            countOfClient[client] = count > 1 ? count - 1 : nil
        }
        historyBytes -= room.history.bytes
        rooms[Int(id.index)] = Room(name: "", isConfigured: false)
        free.append(id)
    }

    /// The number of rooms that count for a client; 0 where its address stands for many clients.
    func count(ofClientAt address: IPAddress) -> Int { address.clientPrefix.flatMap { countOfClient[$0] } ?? 0 }

    /// A session is in the room. It counts for the session's client, unless it is configured or counts for another one.
    mutating func count(_ id: RoomID, forClientAt address: IPAddress) {
        let index = Int(id.index)
        guard rooms[index].client == nil, !rooms[index].isConfigured, let client = address.clientPrefix else { return }
        rooms[index].client = client
        countOfClient[client, default: 0] += 1
    }

    /// Evicts the histories of rooms that are little used, where all together are over the limit: the CLOCK algorithm of page caches.
    mutating func boundHistories() {
        // The first time around a used room only counts as unused.
        var left = 2 * rooms.count
        while historyBytes > ChatLimits.historyBytes, left > 0 {
            left -= 1
            hand = hand + 1 < rooms.count ? hand + 1 : 0
            self[RoomID(index: UInt32(hand))].history.evict()
        }
    }

    /// - Parameter only: those of the rooms that are listed; nil: all.
    /// - Returns: the first rooms by name, with their numbers of members. Only these are sorted.
    func listing(atMost limit: Int, _ only: [String]? = nil) -> [(name: String, users: Int)] {
        if let only {
            return Set(only).sorted().compactMap { name in byName[name].map { (name, self[$0].members.count) } }
        }
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
