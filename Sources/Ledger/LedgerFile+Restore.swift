// Puts a backup in the place of a ledger that no daemon uses.

internal import Chat
package import Host
internal import Linux
internal import SQLite

/// A checked copy of a backup beside the ledger, which takes its place at `commit`.
package final class LedgerRestoration {
    private let path: String
    private let part: String

    /// What came of it.
    package struct RestorationReport: Equatable {
        /// Messages in the ledger now.
        package var messages: Int64
        /// When the newest one was sent, in milliseconds since 1970; 0 without one.
        package var newest: Int64
        /// Messages of the ledger before that are not in it; nil where that is not known, because the backup is not one of that
        /// ledger, or that ledger can't be read. 0 where there was none.
        package var lost: Int64?
        /// Where the ledger before is kept.
        package var kept: String?
    }

    /// Copies the backup and checks the copy, with a new id. The ledger stays as it is.
    /// - Parameters:
    ///   - file: the backup, also a copy of a ledger's files that was made while no daemon used them.
    ///   - path: the ledger's path.
    /// - Throws: where the backup is no ledger, is damaged, has a newer format, or can't be copied.
    package init(of file: String, to path: String) throws(LedgerError) {
        self.path = Files.resolved(path)
        part = self.path + ".restoring"
        guard FileIdentity(file) != nil else { throw LedgerError("There is no file \(file).") }
        guard FileIdentity(file) != FileIdentity(path) else {
            throw LedgerError("\(file) is the ledger itself: name a backup of it.")
        }
        removePart()
        do throws(SystemError) {
            try Files.copy(file, to: part)
            if FileIdentity(file + "-wal") != nil { try Files.copy(file + "-wal", to: part + "-wal") }
        } catch {
            removePart()
            throw LedgerError("The backup can't be copied: \(error).")
        }
        do throws(LedgerError) {
            try check(file)
        } catch {
            removePart()
            throw error
        }
    }

    deinit { removePart() }

    private func removePart() {
        for suffix in ["", "-wal", "-shm", "-journal"] { Process.removeFile(part + suffix) }
    }

    private func check(_ file: String) throws(LedgerError) {
        do throws(SQLiteError) {
            let database = try Database(path: part)
            let version = try database.integer("PRAGMA user_version")
            guard version <= Int64(LedgerSchema.version) else { throw LedgerSchema.newerError(version) }
            let tables = try database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'events'")
            guard version > 0, tables == 1 else { throw .damaged("no ledger") }
            guard try database.text("PRAGMA quick_check(1)") == "ok" else { throw .damaged("damaged pages") }
            try LedgerFile.beginCopy(database)
        } catch {
            guard error.code != LedgerSchema.newer else {
                throw LedgerError(
                    "\(file) was written by a newer Chatrelay (format \(error.message); this one knows \(LedgerSchema.version)): install that version first."
                )
            }
            throw error.isCorrupt
                ? LedgerError("\(file) is damaged or not a ledger: nothing was changed. Restore another backup.")
                : ledgerError(error, place: part)
        }
    }

    /// Waits for the end of a daemon that is ending, and then replaces the ledger, which is kept beside it under another name.
    /// - Throws: where a daemon uses the ledger, or files can't be renamed.
    package func commit() throws(LedgerError) -> RestorationReport {
        let hadLedger = FileIdentity(path) != nil
        // Holds the lock until the end, so that no daemon starts meanwhile.
        let old: FoundFile? = if hadLedger { try FoundFile(path) } else { nil }
        guard old != nil || !hadLedger else {
            throw LedgerError("The ledger \(path) is not a file that can be replaced.")
        }
        var report = try numbers()
        let folder = Files.folder(of: path)
        do throws(SystemError) {
            // Under systemd the folder is the service's user's.
            if Process.isRoot, let owner = FileIdentity(folder) { try Files.give(part, to: owner.user, owner.group) }
            if old != nil {
                let kept = path + ".before-restore"
                for suffix in ["-wal", "-shm", ""] { Process.removeFile(kept + suffix) }
                Process.removeFile(path + "-shm")
                if FileIdentity(path + "-wal") != nil { try Process.moveFile(path + "-wal", to: kept + "-wal") }
                try Process.moveFile(path, to: kept)
                report.kept = kept
            } else {
                // Left by a ledger that was removed.
                for suffix in ["-wal", "-shm"] { Process.removeFile(path + suffix) }
            }
            try Process.moveFile(part, to: path)
        } catch {
            throw LedgerError("The ledger \(path) can't be replaced: \(error).")
        }
        Files.synchronizeFolder(folder)
        return report
    }

    private func numbers() throws(LedgerError) -> RestorationReport {
        do throws(SQLiteError) {
            let database = try Database(path: part)
            let isMessage = "text IS NOT NULL"
            var report = RestorationReport(
                messages: try database.integer("SELECT count(*) FROM events WHERE \(isMessage)"),
                newest: try database.integer("SELECT ifnull(max(at), 0) FROM events WHERE \(isMessage)"), lost: 0)
            if FileIdentity(path) != nil {
                report.lost = try? lost(since: database)
            }
            return report
        } catch {
            throw ledgerError(error, place: part)
        }
    }

    /// The messages in the ledger that are newer than all in the backup.
    /// - Returns: nil where the newest message of the backup is not in the ledger.
    private func lost(since backup: Database) throws(SQLiteError) -> Int64? {
        let (seq, at) = (
            try backup.integer("SELECT ifnull(max(seq), 0) FROM events WHERE text IS NOT NULL"),
            try backup.integer(
                "SELECT ifnull(max(at), 0) FROM events WHERE seq = (SELECT max(seq) FROM events WHERE text IS NOT NULL)"
            )
        )
        let ledger = try Database(path: path)
        let isKnown = try ledger.integer("SELECT count(*) FROM events WHERE seq = \(seq) AND at = \(at)") == 1
        guard seq == 0 || isKnown else { return nil }
        return try ledger.integer("SELECT count(*) FROM events WHERE text IS NOT NULL AND seq > \(seq)")
    }
}
