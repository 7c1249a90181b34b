// Applies devices and recovery codes to the tables, in the transaction of their entry. Only hashes of tokens and codes are stored.

internal import Chat
internal import SQLite

final class TokenTables {
    private let insert: Statement
    private let delete: Statement
    private let deleteOfUser: Statement
    private let see: Statement
    private let setRecovery: Statement
    private let useRecovery: Statement

    init(_ database: Database) throws(SQLiteError) {
        insert = try database.prepare(
            """
            INSERT INTO tokens (user, device, hash, created, seen, label)
              SELECT ?1, ?2, ?3, ?4, ?4, ?5 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?1)
            """)
        delete = try database.prepare("DELETE FROM tokens WHERE user = ? AND device = ?")
        deleteOfUser = try database.prepare("DELETE FROM tokens WHERE user = ?")
        see = try database.prepare("UPDATE tokens SET seen = ? WHERE user = ? AND device = ?")
        setRecovery = try database.prepare("UPDATE users SET recovery = ? WHERE id = ?")
        useRecovery = try database.prepare("UPDATE users SET recovery = NULL WHERE id = ? AND recovery = ?")
    }

    /// Stores a device, unless its user is not in `users`.
    func put(_ device: KnownDevice) throws(SQLiteError) {
        insert.bind(1, Row.number(of: device.user))
        insert.bind(2, Int64(clamping: device.id))
        insert.bind(3, device.token.hexadecimal)
        insert.bind(4, device.created)
        insert.bind(5, device.label)
        try insert.run()
    }

    func put(_ new: NewDevice, _ seq: Int64) throws(SQLiteError) {
        if let old = new.replaces { try signOut(old, of: new.user) }
        if let code = new.recovery {
            useRecovery.bind(1, Row.number(of: new.user))
            useRecovery.bind(2, code.hexadecimal)
            try useRecovery.run()
        }
        try put(
            KnownDevice(
                user: new.user, id: UInt64(clamping: seq), token: new.token, created: new.at, seen: new.at,
                label: new.label))
    }

    func signOut(_ device: UInt64, of user: UserID) throws(SQLiteError) {
        delete.bind(1, Row.number(of: user))
        delete.bind(2, Int64(clamping: device))
        try delete.run()
    }

    func release(_ user: UserID) throws(SQLiteError) {
        deleteOfUser.bind(1, Row.number(of: user))
        try deleteOfUser.run()
    }

    func see(_ device: UInt64, of user: UserID, at time: Int64) throws(SQLiteError) {
        see.bind(1, time)
        see.bind(2, Row.number(of: user))
        see.bind(3, Int64(clamping: device))
        try see.run()
    }

    func setRecovery(_ code: TokenHash, of user: UserID) throws(SQLiteError) {
        setRecovery.bind(1, code.hexadecimal)
        setRecovery.bind(2, Row.number(of: user))
        try setRecovery.run()
    }

    static func devices(_ database: Database) throws(SQLiteError) -> [KnownDevice] {
        let rows = try database.prepare(
            "SELECT user, device, hash, created, seen, label FROM tokens ORDER BY user, device")
        var devices: [KnownDevice] = []
        while try rows.step() {
            // No client's token has the hash of an unreadable one.
            let token = rows.text(2).flatMap { TokenHash(hexadecimal: $0) } ?? TokenHash(high: 0, low: 0)
            devices.append(
                KnownDevice(
                    user: Row.user(rows, 0), id: UInt64(clamping: rows.integer(1)), token: token,
                    created: rows.integer(3), seen: rows.integer(4), label: rows.text(5)))
        }
        return devices
    }
}
