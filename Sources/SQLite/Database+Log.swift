// The write-ahead log. https://sqlite.org/wal.html

internal import CSQLite
internal import Glibc

extension Database {
    /// What a checkpoint copies to the database. https://sqlite.org/c3ref/wal_checkpoint_v2.html
    package enum Checkpoint {
        /// What no reader needs in the log. The log's file keeps its size, and is used again.
        case passive
        /// The same; where that is all, the log's file is emptied. Needs a moment without a reader.
        case truncating
    }

    /// Copies pages of the log to the database. Waits for no reader, but for the disk.
    /// - Returns: whether the log can be used from its beginning again, or has been emptied.
    /// - Throws: SQLite's error where the log can't be read or the database can't be written.
    package func checkpoint(_ kind: Checkpoint) throws(SQLiteError) -> Bool {
        errno = 0
        var (inLog, copied): (Int32, Int32) = (-1, -1)
        let mode = kind == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
        let wait = busyMilliseconds
        setBusyTimeout(milliseconds: 0)
        let result = unsafe sqlite3_wal_checkpoint_v2(handle, nil, mode, &inLog, &copied)
        let error = lastError
        setBusyTimeout(milliseconds: wait)
        guard result == SQLITE_OK || error.isBusy else { throw error }
        // -1 for a database in memory, and where another connection makes a checkpoint.
        if inLog >= 0 { logPages = Int(inLog) }
        return result == SQLITE_OK && inLog == copied
    }

    /// Keeps `logPages` up to date. Takes the place of SQLite's automatic checkpoints. https://sqlite.org/c3ref/wal_hook.html
    func countLogPages() {
        _ = unsafe sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context = unsafe context else { return SQLITE_OK }
                unsafe Unmanaged<Database>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }
}
