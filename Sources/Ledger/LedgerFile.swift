// A ledger's file from outside, while a daemon writes to it: copied and read. SQLite lets any number of processes read.

internal import Chat
package import Host
internal import SQLite

package enum LedgerFile {
    /// Copies the file as it is at one moment. https://sqlite.org/backup.html
    /// - Parameter target: a file that is not there, or may be overwritten.
    package static func backup(_ path: String, to target: String) throws(LedgerError) {
        let source = try open(path)
        let database: Database
        do throws(SQLiteError) {
            database = try Database(path: target)
            try source.copy(to: database)
            // One file, without the log beside it that the mode in the copied header would make.
            try database.execute("PRAGMA journal_mode = DELETE")
        } catch {
            throw ledgerError(error, place: target)
        }
    }

    /// Reads a room's messages in their order.
    /// - Parameter body: gets each message's event; false ends it.
    package static func export(
        _ path: String, room: String, _ body: ([UInt8]) -> Bool
    ) throws(LedgerError) {
        let database = try open(path)
        do throws(SQLiteError) {
            let rows = try database.prepare("SELECT \(Row.columns) FROM events WHERE room = ? ORDER BY seq")
            rows.bind(1, room)
            while try rows.step() {
                guard let committed = Row.committed(rows), case .message(let message) = committed.entry else {
                    continue
                }
                guard body(message.event(seq: committed.seq)) else { break }
            }
            rows.reset()
        } catch {
            throw ledgerError(error, place: path)
        }
    }

    private static func open(_ path: String) throws(LedgerError) -> Database {
        do throws(SQLiteError) {
            let database = try Database(path: path, isReadOnly: true)
            database.setBusyTimeout(milliseconds: LedgerLimits.busyMilliseconds)
            let version = try database.integer("PRAGMA user_version")
            guard version == Int64(Format.version) else { throw SQLiteError(code: Format.newer, message: "\(version)") }
            return database
        } catch {
            guard error.code != Format.newer else {
                throw LedgerError(
                    "The ledger \(path) is of format \(error.message), this command knows \(Format.version): use the command of the daemon's version."
                )
            }
            throw ledgerError(error, place: path)
        }
    }
}
