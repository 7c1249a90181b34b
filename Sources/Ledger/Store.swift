// The ledger's file: its format, and what is written to it and read from it. One thread's; SQLiteLedger.swift has the
// threads.

internal import Chat
internal import SQLite

/// What a crash may cost. https://sqlite.org/pragma.html#pragma_synchronous
package enum LedgerDurability: String, CaseIterable, Sendable {
    /// A commit survives a crash of the daemon. One of the whole machine may cost the last seconds, never the file.
    case process
    /// Each commit is on the disk before it counts.
    case power
}

struct Store {
    private let database: Database
    private let insert: Statement
    private let find: Statement

    /// Opens the file, makes it where it is not there, and brings its format up to date.
    init(path: String, durability: LedgerDurability) throws(LedgerError) {
        do throws(SQLiteError) {
            let database = try Database(path: path)
            self.database = database
            database.setBusyTimeout(milliseconds: LedgerLimits.busyMilliseconds)
            try database.execute(
                """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = \(durability == .power ? "FULL" : "NORMAL");
                PRAGMA wal_autocheckpoint = \(LedgerLimits.checkpointPages);
                """)
            try Store.migrate(database)
            insert = try database.prepare(
                "INSERT INTO events (sender, id, room, text, at) VALUES (?, ?, ?, ?, ?)")
            find = try database.prepare("SELECT seq, room, text, at FROM events WHERE sender = ? AND id = ?")
        } catch {
            guard error.code != Store.newer else {
                throw LedgerError(
                    "The ledger \(path) was written by a newer Chatrelay (format \(error.message); this one knows \(Store.migrations.count)): install that version again."
                )
            }
            throw LedgerError(error, path: path)
        }
    }

    private static func migrate(_ database: Database) throws(SQLiteError) {
        let version = try database.integer("PRAGMA user_version")
        guard version <= Int64(migrations.count) else { throw SQLiteError(code: newer, message: "\(version)") }
        for index in Int(version)..<migrations.count {
            try database.transaction { () throws(SQLiteError) in
                try database.execute(migrations[index])
                try database.execute("PRAGMA user_version = \(index + 1)")
            }
        }
    }

    /// The newest sequence number, 0 for none; also when its entry is deleted by now.
    func newest() throws(SQLiteError) -> UInt64 {
        UInt64(try database.integer("SELECT seq FROM sqlite_sequence WHERE name = 'events'"))
    }

    /// Commits all in one transaction; all or none.
    /// - Returns: an outcome for each, in order.
    func commit(_ entries: ArraySlice<Entry>) throws(SQLiteError) -> [Outcome] {
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(entries.count)
        try database.transaction { () throws(SQLiteError) in
            for entry in entries { outcomes.append(try put(entry)) }
        }
        return outcomes
    }

    private func put(_ entry: Entry) throws(SQLiteError) -> Outcome {
        guard case .message(let message) = entry else { preconditionFailure("an entry that is not stored") }
        // Looked for first: an INSERT that meets a conflict would use up a number.
        if let first = try find(message.id, from: message.from) { return .repeated(first) }
        defer { insert.reset() }
        insert.bind(1, message.from)
        insert.bind(2, message.id)
        insert.bind(3, message.room)
        insert.bind(4, message.text)
        insert.bind(5, message.at)
        try insert.step()
        return .committed(Committed(seq: UInt64(database.lastInsertedRow), entry: entry))
    }

    private func find(_ id: String, from sender: String) throws(SQLiteError) -> Committed? {
        defer { find.reset() }
        find.bind(1, sender)
        find.bind(2, id)
        guard try find.step() else { return nil }
        let message = Message(
            id: id, room: find.text(1) ?? "", from: sender, text: find.text(2) ?? "", at: find.integer(3))
        return Committed(seq: UInt64(find.integer(0)), entry: .message(message))
    }

    /// Not one of SQLite's codes: the file is of a newer format.
    private static let newer: Int32 = -1

    /// Each brings the format from its index to the next; never changed once released.
    private static let migrations = [
        // AUTOINCREMENT: a number is never given twice, also when its entry has been deleted.
        """
        CREATE TABLE events (
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          sender TEXT NOT NULL,
          id TEXT NOT NULL,
          room TEXT NOT NULL,
          text TEXT NOT NULL,
          at INTEGER NOT NULL
        );
        CREATE UNIQUE INDEX events_once ON events (sender, id);
        CREATE INDEX events_of_room ON events (room, seq);
        """
    ]
}
