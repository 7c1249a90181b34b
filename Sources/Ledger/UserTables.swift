// Users and their names, in the transaction of the entry that changes them. An entry about a user who is not there changes nothing.

internal import Chat
internal import SQLite

final class UserTables {
    private let insert: Statement
    private let update: Statement
    private let seen: Statement
    private let status: Statement
    private let delete: Statement
    private let addFormer: Statement
    private let removeFormer: Statement
    private let trimFormer: Statement
    private let deleteFormer: Statement
    private let insertBot: Statement
    private let deleteBot: Statement

    init(_ database: Database) throws(SQLiteError) {
        insert = try database.prepare("INSERT INTO users (id, name, seen, subject) VALUES (?, ?, ?, ?)")
        update = try database.prepare("UPDATE users SET name = ? WHERE id = ?")
        seen = try database.prepare("UPDATE users SET seen = ? WHERE id = ?")
        status = try database.prepare("UPDATE users SET status = ? WHERE id = ?")
        delete = try database.prepare("DELETE FROM users WHERE id = ?")
        addFormer = try database.prepare(
            "INSERT OR REPLACE INTO former_names (user, name, since) SELECT id, name, ? FROM users WHERE id = ?")
        removeFormer = try database.prepare("DELETE FROM former_names WHERE user = ? AND name = ?")
        trimFormer = try database.prepare(
            """
            DELETE FROM former_names WHERE user = ?1 AND name NOT IN
              (SELECT name FROM former_names WHERE user = ?1 ORDER BY since DESC LIMIT \(ChatLimits.formerNames))
            """)
        deleteFormer = try database.prepare("DELETE FROM former_names WHERE user = ?")
        insertBot = try database.prepare("INSERT INTO bots (user, rooms) VALUES (?, ?)")
        deleteBot = try database.prepare("DELETE FROM bots WHERE user = ?")
    }

    func add(_ user: Claim, _ id: Int64) throws(SQLiteError) {
        insert.bind(1, id)
        insert.bind(2, user.name)
        insert.bind(3, user.at)
        insert.bind(4, user.subject)
        try insert.run()
        guard let bot = user.bot else { return }
        insertBot.bind(1, id)
        insertBot.bind(2, bot.rooms.joined(separator: ","))
        try insertBot.run()
    }

    /// The user's name becomes a former one. The chat leaves out those that look like the new name.
    func rename(_ user: UserID, to name: String, at now: Int64) throws(SQLiteError) {
        let number = Row.number(of: user)
        addFormer.bind(1, now)
        addFormer.bind(2, number)
        try addFormer.run()
        update.bind(1, name)
        update.bind(2, number)
        try update.run()
        removeFormer.bind(1, number)
        removeFormer.bind(2, name)
        try removeFormer.run()
        trimFormer.bind(1, number)
        try trimFormer.run()
    }

    func setSeen(_ user: UserID, _ at: Int64) throws(SQLiteError) {
        seen.bind(1, at)
        seen.bind(2, Row.number(of: user))
        try seen.run()
    }

    /// - Parameter text: empty for none.
    func setStatus(_ user: UserID, _ text: String) throws(SQLiteError) {
        status.bind(1, text.isEmpty ? nil : text)
        status.bind(2, Row.number(of: user))
        try status.run()
    }

    func release(_ user: UserID) throws(SQLiteError) {
        for statement in [delete, deleteFormer, deleteBot] {
            statement.bind(1, Row.number(of: user))
            try statement.run()
        }
    }

    static func bots(_ database: Database) throws(SQLiteError) -> [KnownBot] {
        let rows = try database.prepare("SELECT user, rooms FROM bots ORDER BY user")
        var bots: [KnownBot] = []
        while try rows.step() {
            let limit = (rows.text(1) ?? "").split(separator: ",").map(String.init)
            bots.append(KnownBot(user: Row.user(rows, 0), grant: BotGrant(rooms: limit)))
        }
        return bots
    }

    /// - Returns: the names that each user gave up, the oldest first.
    static func formerNames(_ database: Database) throws(SQLiteError) -> [UserID: [FormerName]] {
        let rows = try database.prepare("SELECT user, name, since FROM former_names ORDER BY since, name")
        var names: [UserID: [FormerName]] = [:]
        while try rows.step() {
            names[Row.user(rows, 0), default: []].append(FormerName(name: rows.text(1) ?? "", since: rows.integer(2)))
        }
        return names
    }
}
