// Backup and export of a ledger's file while a daemon writes to it. SQLite lets any number of processes read.

internal import Chat
package import Host
internal import Linux
internal import SQLite

package enum LedgerFile {
    /// Copies the file as it is at one moment. The copy is another ledger, with an id of its own: its sequence numbers go their own
    /// way from here on. https://sqlite.org/backup.html
    /// - Parameter target: the path of the copy; an existing file is overwritten.
    /// - Throws: where the ledger can't be opened or has another format, or the copy can't be written.
    package static func backup(_ path: String, to target: String) throws(LedgerError) {
        let source = try open(path)
        let database: Database
        do throws(SQLiteError) {
            database = try Database(path: target)
            try source.copy(to: database)
            try beginCopy(database)
        } catch {
            throw ledgerError(error, place: target)
        }
    }

    /// Gives a copy a new id, and makes it one file: its header asks for WAL mode, which leaves a log beside the file. A copy that
    /// is not in WAL mode gets one more id when a daemon opens it, because it may be copied again.
    static func beginCopy(_ database: Database) throws(SQLiteError) {
        try database.execute("PRAGMA journal_mode = DELETE")
        guard try database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'meta'") == 1 else { return }
        try database.execute(
            """
            UPDATE meta SET value = '\(SequenceNumbers.random())' WHERE key = 'ledger';
            DELETE FROM meta WHERE key IN ('reserved', 'mark');
            """)
    }

    /// Whether a path leads to the ledger or to one of the files that SQLite has beside it.
    package static func isPart(_ file: String, of path: String) -> Bool {
        guard let identity = FileIdentity(file) else { return false }
        let ledger = Files.resolved(path)
        return ["", "-wal", "-shm"].contains { FileIdentity(ledger + $0) == identity }
    }

    /// Reads a room's messages in order. Between two pages it does not read, because a reader that waits for the export's own
    /// reader would keep the daemon's log from being used again.
    /// - Parameter body: gets each message's event as JSON; it returns false to end the export.
    /// - Throws: where the ledger can't be opened or read, or has another format.
    package static func export(
        _ path: String, room: String, _ body: ([UInt8]) -> Bool
    ) throws(LedgerError) {
        let database = try open(path)
        do throws(SQLiteError) {
            let last = try database.integer("SELECT max(seq) FROM events")
            let rows = try database.prepare(
                "SELECT \(Row.columns) FROM events WHERE room = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT \(LedgerLimits.stepEntries)"
            )
            let reactions = try database.prepare(ChangeTables.reactionsOfMessage)
            var seq: Int64 = 0
            while true {
                var page = try page(rows, room, after: seq, upTo: last)
                for index in page.indices { try ChangeTables.addReactions(to: &page[index], by: reactions) }
                guard let newest = page.last else { return }
                seq = Int64(clamping: newest.seq)
                for case let committed in page {
                    guard case .message(let message) = committed.entry else { continue }
                    guard body(message.event(seq: committed.seq)) else { return }
                }
            }
        } catch {
            throw ledgerError(error, place: path)
        }
    }

    private static func page(
        _ rows: Statement, _ room: String, after seq: Int64, upTo last: Int64
    ) throws(SQLiteError) -> [Committed] {
        defer { rows.reset() }
        rows.bind(1, room)
        rows.bind(2, seq)
        rows.bind(3, last)
        var page: [Committed] = []
        while try rows.step() {
            if let committed = Row.committed(rows) { page.append(committed) }
        }
        return page
    }

    private static func open(_ path: String) throws(LedgerError) -> Database {
        do throws(SQLiteError) {
            let database = try Database(path: path, isReadOnly: true)
            database.setBusyTimeout(milliseconds: LedgerLimits.busyMilliseconds)
            let version = try database.integer("PRAGMA user_version")
            guard version == Int64(LedgerSchema.version) else {
                throw SQLiteError(code: LedgerSchema.newer, message: "\(version)")
            }
            return database
        } catch {
            guard error.code != LedgerSchema.newer else {
                throw LedgerError(
                    "The ledger \(path) is of format \(error.message), this command knows \(LedgerSchema.version): use the command of the daemon's version."
                )
            }
            throw ledgerError(error, place: path)
        }
    }
}
