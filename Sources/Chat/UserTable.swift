// The users with reserved names, found by id and by the tokens of their devices. `NameRegister` finds them by name.

/// Indices are dense; the index of a released user is given to the next new one.
struct UserTable {
    private struct Cell {
        var user: User
        var isUsed = true
    }

    /// The number of users that there can be; tests lower it.
    var limit = ChatLimits.users
    var expiryScan = ExpiryScan()
    /// The number of users with a session.
    var connectedCount = 0
    private var cells: [Cell] = []
    private var free: [UInt32] = []
    private var byID: [UserID: UInt32] = [:]
    private var byToken: [TokenHash: UInt32] = [:]
    var deviceTable = DeviceTable()
    /// What bots may do, by the user's index.
    var bots: [UInt32: BotGrant] = [:]
    /// The subjects of signed tokens, by the user's index, and the other way round.
    private var subjects: [UInt32: String] = [:]
    /// By bytes: "é" is one character or two, which are equal as strings, and a subject of its own each (RFC 7519 §2, StringOrURI).
    private var usersOfSubjects: [[UInt8]: UInt32] = [:]
    /// The status lines, by the user's index: most users have none.
    private var statuses: [UInt32: String] = [:]

    var count: Int { byID.count }

    /// The number of indices, used or not.
    var capacity: Int { cells.count }

    subscript(index: UInt32) -> User {
        get { cells[Int(index)].user }
        // Changed in place: a copy of the user's array of sessions for each change would be slow for a login with many sessions.
        _modify { yield &cells[Int(index)].user }
    }

    func index(of id: UserID) -> UInt32? { byID[id] }

    func index(of token: TokenHash) -> UInt32? { byToken[token] }

    /// - Parameter user: the user's index; nil where the token is void.
    mutating func setToken(_ token: TokenHash, of user: UInt32?) { byToken[token] = user }

    /// Makes room for users that are about to be inserted.
    mutating func reserve(_ count: Int) {
        cells.reserveCapacity(count)
        byID.reserveCapacity(count)
        byToken.reserveCapacity(count)
    }

    /// - Returns: the user's index.
    mutating func insert(_ user: User) -> UInt32 {
        let index = free.popLast() ?? UInt32(cells.count)
        if Int(index) == cells.count { cells.append(Cell(user: user)) } else { cells[Int(index)] = Cell(user: user) }
        byID[user.id] = index
        if let token = user.token { byToken[token] = index }
        return index
    }

    mutating func remove(_ index: UInt32) {
        let user = self[index]
        precondition(user.sessions.isEmpty && user.presences.isEmpty, "the user is connected or in a room")
        cells[Int(index)].isUsed = false
        byID[user.id] = nil
        bots[index] = nil
        removeDevices(of: index)
        statuses[index] = nil
        setSubject(nil, of: index)
        free.append(index)
    }

    func index(ofSubject subject: String) -> UInt32? { usersOfSubjects[Array(subject.utf8)] }

    /// The subject of its signed tokens; nil for other users.
    func subject(of user: UInt32) -> String? { subjects[user] }

    mutating func setSubject(_ subject: String?, of user: UInt32) {
        if let old = subjects[user] { usersOfSubjects[Array(old.utf8)] = nil }
        subjects[user] = subject
        if let subject { usersOfSubjects[Array(subject.utf8)] = user }
    }

    func status(of user: UInt32) -> String? { statuses[user] }

    /// - Parameter text: empty for none.
    mutating func setStatus(_ text: String, of user: UInt32) { statuses[user] = text.isEmpty ? nil : text }

    /// - Returns: the indices in `range` of users that meet a condition.
    func indices(in range: Range<Int>? = nil, where condition: (User) -> Bool) -> [UInt32] {
        (range ?? cells.indices).clamped(to: cells.indices).filter { cells[$0].isUsed && condition(cells[$0].user) }
            .map(UInt32.init)
    }
}
