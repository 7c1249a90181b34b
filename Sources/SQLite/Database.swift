// A safe wrapper of SQLite's C interface. https://sqlite.org/c3ref/intro.html
//
// A connection and its statements may be used by one thread at a time, because the database is opened without SQLite's own
// mutexes (https://sqlite.org/threadsafe.html).

internal import CSQLite
internal import Glibc

/// A connection to a database file.
@safe package final class Database {
    let handle: OpaquePointer
    /// Compiled once: to compile them takes a tenth of the time of a transaction of one row.
    private let begin: OpaquePointer
    private let commit: OpaquePointer
    private var shouldInterrupt: () -> Bool = { false }
    private(set) var busyMilliseconds: Int32 = 0
    /// Pages in the write-ahead log, as of the last commit or checkpoint of this connection.
    package internal(set) var logPages = 0
    /// What must live as long as the connection. To close another descriptor of the file would end SQLite's locks
    /// (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
    package var companion: AnyObject?

    /// Opens the file.
    /// - Parameters:
    ///   - path: the file; ":memory:" for a new database in memory.
    ///   - isReadOnly: otherwise a missing file is created.
    ///   - isExclusive: only this process uses the file, and the index of its write-ahead log is in memory, which needs no room on
    ///     the disk: the VFS "unix-excl" (https://sqlite.org/vfs.html).
    /// - Throws: `cannotOpen` where the file can't be opened or created; `isCorrupt` where it is no database.
    package init(path: String, isReadOnly: Bool = false, isExclusive: Bool = false) throws(SQLiteError) {
        errno = 0
        var handle: OpaquePointer?
        let mode = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let result = unsafe sqlite3_open_v2(
            path, &handle, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
            isExclusive ? "unix-excl" : nil)
        guard let opened = unsafe handle else { throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory") }
        guard result == SQLITE_OK, let begin = unsafe Database.compiled("BEGIN IMMEDIATE", opened),
            let commit = unsafe Database.compiled("COMMIT", opened)
        else {
            defer { unsafe sqlite3_close_v2(opened) }
            throw unsafe Database.lastError(opened)
        }
        unsafe (self.handle, self.begin, self.commit) = unsafe (opened, begin, commit)
        countLogPages()
    }

    deinit {
        unsafe sqlite3_finalize(begin)
        unsafe sqlite3_finalize(commit)
        unsafe sqlite3_close_v2(handle)
    }

    private static func compiled(_ sql: String, _ handle: OpaquePointer) -> OpaquePointer? {
        var statement: OpaquePointer?
        unsafe sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        return unsafe statement
    }

    private func run(_ statement: OpaquePointer) throws(SQLiteError) {
        errno = 0
        defer { unsafe sqlite3_reset(statement) }
        guard unsafe sqlite3_step(statement) == SQLITE_DONE else { throw lastError }
    }

    /// Runs statements, separated by semicolons, and drops their rows. https://sqlite.org/c3ref/exec.html
    /// - Throws: SQLite's error; the statements before the failed one were run.
    package func execute(_ sql: String) throws(SQLiteError) {
        errno = 0
        guard unsafe sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw lastError }
    }

    /// Compiles one statement, to be run repeatedly.
    /// - Throws: SQLite's error for invalid SQL, or a table or column that does not exist.
    package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        errno = 0
        guard let compiled = unsafe Database.compiled(sql, handle) else { throw lastError }
        return unsafe Statement(compiled, of: self)
    }

    /// Runs a statement for the first column of its first row, as of a PRAGMA or a count; 0 without a row.
    /// - Throws: as `prepare` and `Statement.step`.
    package func integer(_ sql: String) throws(SQLiteError) -> Int64 { try prepare(sql).first() }

    /// Runs a statement for the first column of its first row as a text; nil without a row, and for NULL.
    /// - Throws: as `prepare` and `Statement.step`.
    package func text(_ sql: String) throws(SQLiteError) -> String? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.text(0) : nil
    }

    /// Runs `body` in a transaction, and rolls it back where `body` throws.
    ///
    /// The transaction has the write lock from its beginning (BEGIN IMMEDIATE). On a read-only connection, all reads see the
    /// same state. https://sqlite.org/lang_transaction.html
    /// - Throws: `isBusy` where another connection has the write lock; SQLite's error of the commit; the error of `body`.
    package func transaction<Result>(_ body: () throws(SQLiteError) -> Result) throws(SQLiteError) -> Result {
        try unsafe run(begin)
        do throws(SQLiteError) {
            let result = try body()
            try unsafe run(commit)
            return result
        } catch {
            // Some errors roll back by themselves (https://sqlite.org/lang_transaction.html).
            if unsafe sqlite3_get_autocommit(handle) == 0 { try? execute("ROLLBACK") }
            throw error
        }
    }

    /// Overwrites another database with the current state of this one. https://sqlite.org/c3ref/backup_finish.html
    /// - Throws: SQLite's error where the target can't be written or this database can't be read.
    package func copy(to target: Database) throws(SQLiteError) {
        guard let backup = unsafe sqlite3_backup_init(target.handle, "main", handle, "main") else {
            throw target.lastError
        }
        // One step for all pages: with several steps, a commit in between would restart the backup.
        unsafe sqlite3_backup_step(backup, -1)
        guard unsafe sqlite3_backup_finish(backup) == SQLITE_OK else { throw target.lastError }
    }

    /// Rows inserted, changed or deleted since the connection was opened. https://sqlite.org/c3ref/total_changes.html
    package var changes: Int64 { unsafe sqlite3_total_changes64(handle) }

    /// Sets how long a statement waits for another connection's lock before it fails with `isBusy`.
    package func setBusyTimeout(milliseconds: Int32) {
        busyMilliseconds = milliseconds
        unsafe sqlite3_busy_timeout(handle, milliseconds)
    }

    /// Lets statements be interrupted: they fail with `isInterrupted`. https://sqlite.org/c3ref/progress_handler.html
    /// - Parameters:
    ///   - instructions: the number of SQLite's virtual machine instructions between two calls.
    ///   - shouldInterrupt: called while a statement runs; returns true to interrupt it.
    package func interrupt(every instructions: Int32, _ shouldInterrupt: @escaping () -> Bool) {
        self.shouldInterrupt = shouldInterrupt
        unsafe sqlite3_progress_handler(
            handle, instructions,
            { context in
                guard let context = unsafe context else { return 0 }
                return unsafe Unmanaged<Database>.fromOpaque(context).takeUnretainedValue().shouldInterrupt() ? 1 : 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    var lastError: SQLiteError { unsafe Database.lastError(handle) }

    /// The caller has set errno to 0 before its call, because successful system calls leave it as it was.
    private static func lastError(_ handle: OpaquePointer) -> SQLiteError {
        let systemCode = errno
        return unsafe SQLiteError(
            code: sqlite3_extended_errcode(handle),
            message: sqlite3_errmsg(handle).map { unsafe String(cString: $0) } ?? "", systemCode: systemCode)
    }
}
