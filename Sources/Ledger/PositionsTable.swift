// How far users have read, in the transaction of the entry. A position that is not newer changes nothing.

internal import Chat
internal import SQLite

final class PositionsTable {
    private let find: Statement
    private let put: Statement
    private let trim: Statement
    private let deleteOfUser: Statement

    init(_ database: Database) throws(SQLiteError) {
        find = try database.prepare("SELECT upto FROM positions WHERE user = ? AND room = ? AND peer = ?")
        put = try database.prepare(
            "INSERT OR REPLACE INTO positions (user, room, peer, upto, seq) VALUES (?, ?, ?, ?, ?)")
        trim = try database.prepare(
            """
            DELETE FROM positions WHERE user = ?1 AND seq <= (
              SELECT seq FROM positions WHERE user = ?1 ORDER BY seq DESC LIMIT 1 OFFSET \(ChatLimits.positionsOfUser))
            """)
        deleteOfUser = try database.prepare("DELETE FROM positions WHERE user = ?")
    }

    /// Whether the user has not read as far yet.
    func isNewer(_ position: ReadPosition) throws(SQLiteError) -> Bool {
        defer { find.reset() }
        bind(position, to: find)
        return try find.step() ? find.integer(0) < Int64(clamping: position.upTo) : true
    }

    func store(_ position: ReadPosition, _ seq: Int64) throws(SQLiteError) {
        bind(position, to: put)
        put.bind(4, Int64(clamping: position.upTo))
        put.bind(5, seq)
        try put.run()
        trim.bind(1, Row.number(of: position.user))
        try trim.run()
    }

    func release(_ user: UserID) throws(SQLiteError) {
        deleteOfUser.bind(1, Row.number(of: user))
        try deleteOfUser.run()
    }

    private func bind(_ position: ReadPosition, to statement: Statement) {
        statement.bind(1, Row.number(of: position.user))
        switch position.place {
        case .room(let room):
            statement.bind(2, room)
            statement.bind(3, 0)
        case .with(let peer):
            statement.bind(2, "")
            statement.bind(3, Row.number(of: peer))
        }
    }

    /// SQL: a user's positions above a sequence number.
    static let positionsAfter = "SELECT room, peer, upto, seq FROM positions WHERE user = ? AND seq > ? ORDER BY seq"

    /// - Parameter statement: `positionsAfter`.
    static func positions(
        of user: UserID, after seq: UInt64, by statement: Statement
    ) throws(SQLiteError) -> [Committed] {
        defer { statement.reset() }
        statement.bind(1, Row.number(of: user))
        statement.bind(2, Int64(clamping: seq))
        var positions: [Committed] = []
        while try statement.step() {
            let room = statement.text(0) ?? ""
            let place: ReadPosition.Place = room.isEmpty ? .with(Row.user(statement, 1)) : .room(room)
            let position = ReadPosition(user: user, place: place, upTo: UInt64(clamping: statement.integer(2)))
            positions.append(Committed(seq: UInt64(clamping: statement.integer(3)), entry: .read(position)))
        }
        return positions
    }
}
