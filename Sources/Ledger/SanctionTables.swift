// Applies bans and mutes to the tables, in the transaction of their entry.

internal import Chat
internal import Primitives
internal import SQLite

final class SanctionTables {
    private let insert: Statement
    private let delete: Statement
    private let deleteOfUser: Statement
    private let user: Statement
    private let expire: Statement

    init(_ database: Database) throws(SQLiteError) {
        insert = try database.prepare(
            """
            INSERT OR REPLACE INTO sanctions (kind, subject, name, user, high, low, bits, until, reason, since)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        delete = try database.prepare("DELETE FROM sanctions WHERE kind = ? AND subject = ?")
        deleteOfUser = try database.prepare("DELETE FROM sanctions WHERE user = ?")
        user = try database.prepare("SELECT 1 FROM users WHERE id = ?")
        expire = try database.prepare("DELETE FROM sanctions WHERE until <= ?")
    }

    /// Stores a sanction, and deletes those that have expired. A sanction of a user who is not in `users` changes nothing.
    /// - Parameter now: nil where the wall clock can't be believed.
    func put(_ sanction: Sanction, expiredBefore now: Int64?) throws(SQLiteError) {
        if let now {
            expire.bind(1, now)
            try expire.run()
        }
        if let id = sanction.subject.user {
            user.bind(1, Row.number(of: id))
            guard try user.first() == 1 else { return }
        }
        insert.bind(1, SanctionTables.kind(of: sanction.subject))
        insert.bind(2, SanctionTables.key(of: sanction.subject))
        insert.bind(3, sanction.name)
        insert.bind(4, sanction.subject.user.map(Row.number(of:)) ?? 0)
        if case .network(let network) = sanction.subject {
            insert.bind(5, Int64(bitPattern: network.address.high))
            insert.bind(6, Int64(bitPattern: network.address.low))
            insert.bind(7, Int64(network.bits))
        }
        if let until = sanction.until { insert.bind(8, until) }
        insert.bind(9, sanction.reason)
        insert.bind(10, sanction.since)
        try insert.run()
    }

    func lift(_ subject: Sanction.Subject) throws(SQLiteError) {
        delete.bind(1, SanctionTables.kind(of: subject))
        delete.bind(2, SanctionTables.key(of: subject))
        try delete.run()
    }

    func release(_ user: UserID) throws(SQLiteError) {
        deleteOfUser.bind(1, Row.number(of: user))
        try deleteOfUser.run()
    }

    /// Reads all sanctions in the file, also expired ones.
    static func sanctions(_ database: Database) throws(SQLiteError) -> [Sanction] {
        let rows = try database.prepare(
            "SELECT kind, subject, name, user, high, low, bits, ifnull(until, 0), reason, since FROM sanctions ORDER BY since"
        )
        var sanctions: [Sanction] = []
        while try rows.step() {
            let user = Row.user(rows, 3)
            let name = rows.text(2) ?? ""
            let subject: Sanction.Subject
            switch rows.integer(0) {
            case EventKind.banName: subject = .name(rows.text(1) ?? "")
            case EventKind.banUser: subject = .user(user)
            case EventKind.mute: subject = .mute(user)
            default:
                let high = UInt64(bitPattern: rows.integer(4))
                let low = UInt64(bitPattern: rows.integer(5))
                subject = .network(
                    IPNetwork(IPAddress(high: high, low: low), bits: min(max(Int(rows.integer(6)), 0), 128)))
            }
            // 0 is NULL: no sanction ends in 1970.
            let until = rows.integer(7) == 0 ? nil : rows.integer(7)
            let since = rows.integer(9)
            sanctions.append(
                Sanction(subject: subject, name: name, until: until, reason: rows.text(8), since: since))
        }
        return sanctions
    }

    /// The subject's value of `EventKind`.
    static func kind(of subject: Sanction.Subject) -> Int64 {
        switch subject {
        case .name: EventKind.banName
        case .user: EventKind.banUser
        case .network: EventKind.banNetwork
        case .mute: EventKind.mute
        }
    }

    /// The value of the column `subject`: one for each subject of a kind.
    static func key(of subject: Sanction.Subject) -> String {
        switch subject {
        case .name(let key): key
        case .user(let id), .mute(let id): String(id.number)
        case .network(let network): network.description
        }
    }
}
