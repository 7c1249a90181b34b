// The users whose names are reserved, found by number, by token and (through the name register) by name.

/// Places are dense; that of a released user is given to the next.
struct UserTable {
    private struct Place {
        var user: User
        var isUsed = true
    }

    private var users: [Place] = []
    private var free: [UInt32] = []
    private var places: [UserID: UInt32] = [:]
    private var tokens: [TokenHash: UInt32] = [:]

    var count: Int { places.count }

    /// Places, used or not.
    var capacity: Int { users.count }

    subscript(place: UInt32) -> User {
        get { users[Int(place)].user }
        // Changed in place: a copy of its sessions for each change would cost a crowd that shares one login.
        _modify { yield &users[Int(place)].user }
    }

    func place(of id: UserID) -> UInt32? { places[id] }

    func place(of token: TokenHash) -> UInt32? { tokens[token] }

    mutating func insert(_ user: User) -> UInt32 {
        let place = free.popLast() ?? UInt32(users.count)
        if Int(place) == users.count { users.append(Place(user: user)) } else { users[Int(place)] = Place(user: user) }
        places[user.id] = place
        if let token = user.token { tokens[token] = place }
        return place
    }

    mutating func remove(_ place: UInt32) {
        let user = self[place]
        precondition(user.sessions.isEmpty && user.presences.isEmpty, "the user is here")
        users[Int(place)].isUsed = false
        places[user.id] = nil
        if let token = user.token { tokens[token] = nil }
        free.append(place)
    }

    /// The users among some places that meet a condition.
    func places(in range: Range<Int>, where condition: (User) -> Bool) -> [UInt32] {
        range.clamped(to: users.indices).filter { users[$0].isUsed && condition(users[$0].user) }.map(UInt32.init)
    }
}
