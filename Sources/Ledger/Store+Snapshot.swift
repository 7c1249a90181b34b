// Reads the ledger's state, once when it is opened.

internal import Chat
internal import Host
internal import SQLite

extension Store {
    /// The state that all entries add up to, and the newest messages.
    /// - Throws: SQLite's error.
    func snapshot() throws(SQLiteError) -> Snapshot {
        var snapshot = Snapshot(
            ledger: numbers.ledger,
            seq: UInt64(clamping: numbers.last),
            retentionFloor: UInt64(clamping: try database.integer("SELECT value FROM meta WHERE key = 'floor'")))
        snapshot.newestNotice = UInt64(clamping: try database.integer("SELECT value FROM meta WHERE key = 'noticed'"))
        snapshot.newestRead = UInt64(clamping: try database.integer("SELECT ifnull(max(seq), 0) FROM positions"))
        snapshot.topics = try TopicsTable.all(database)
        snapshot.users = try users()
        snapshot.devices = try TokenTables.devices(database)
        snapshot.bots = try UserTables.bots(database)
        snapshot.sanctions = try SanctionTables.sanctions(database)
        (snapshot.recent, snapshot.recentAfter) = try recent(above: snapshot.retentionFloor)
        return snapshot
    }

    private func users() throws(SQLiteError) -> [KnownUser] {
        let rows = try database.prepare(
            """
            SELECT id, name, recovery, seen, status,
                max(ifnull((SELECT max(seq) FROM privates WHERE privates.user = users.id), 0), ifnull(newest, 0)), subject
              FROM users LEFT JOIN (
                SELECT whose, max(seq) AS newest FROM (
                  SELECT user AS whose, seq FROM events WHERE \(Row.isUnindexed)
                  UNION ALL SELECT peer, seq FROM events WHERE \(Row.isUnindexed)
                ) GROUP BY whose
              ) ON whose = users.id ORDER BY id
            """)
        let formerNames = try UserTables.formerNames(database)
        var users: [KnownUser] = []
        while try rows.step() {
            users.append(
                KnownUser(
                    id: Row.user(rows, 0), name: rows.text(1) ?? "", seen: rows.integer(3),
                    newestPrivate: UInt64(clamping: rows.integer(5)), formerNames: formerNames[Row.user(rows, 0)] ?? [],
                    recovery: rows.text(2).flatMap { TokenHash(hexadecimal: $0) }, status: rows.text(4) ?? "",
                    subject: rows.text(6)))
        }
        return users
    }

    private func recent(above floor: UInt64) throws(SQLiteError) -> (entries: [Committed], after: UInt64) {
        let isEvent =
            "kind IN \(EventKind.messages) OR kind IN \(EventKind.changes) OR kind IN (\(EventKind.announcement), \(EventKind.topic))"
        let rows = try database.prepare("SELECT \(Row.columns) FROM events WHERE \(isEvent) ORDER BY seq DESC")
        var entries: [Committed] = []
        var bytes = 0
        while try rows.step() {
            guard let committed = Row.committed(rows), !committed.entry.isDeleted else { continue }
            bytes += Row.bytes(of: committed.entry)
            guard entries.count < ChatLimits.recentMessages, bytes <= ChatLimits.recentBytes else {
                return (entries.reversed(), committed.seq)
            }
            entries.append(committed)
        }
        return (entries.reversed(), floor)
    }
}
