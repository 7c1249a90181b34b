// SQLite's C interface, made safe. https://sqlite.org/c3ref/intro.html
//
// A connection and its statements belong to one thread at a time: the database is opened without SQLite's own mutexes.

internal import CSQLite

/// A connection to a database file.
@safe package final class Database {
    fileprivate let handle: OpaquePointer
    /// Compiled once: a transaction of one row would take a tenth of its time for that.
    private let begin: OpaquePointer
    private let commit: OpaquePointer
    fileprivate var isOver: () -> Bool = { false }

    /// Opens the file.
    /// - Parameters:
    ///   - path: the file; ":memory:" is a database of its own in memory.
    ///   - isReadOnly: or else it is made where it is not there.
    package init(path: String, isReadOnly: Bool = false) throws(SQLiteError) {
        var handle: OpaquePointer?
        let mode = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let result = unsafe sqlite3_open_v2(path, &handle, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let opened = unsafe handle else { throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory") }
        guard result == SQLITE_OK, let begin = unsafe Database.compiled("BEGIN IMMEDIATE", opened),
            let commit = unsafe Database.compiled("COMMIT", opened)
        else {
            defer { unsafe sqlite3_close_v2(opened) }
            throw unsafe Database.lastError(opened)
        }
        unsafe (self.handle, self.begin, self.commit) = unsafe (opened, begin, commit)
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
        defer { unsafe sqlite3_reset(statement) }
        guard unsafe sqlite3_step(statement) == SQLITE_DONE else { throw lastError }
    }

    /// Runs statements that give no rows, separated by semicolons.
    package func execute(_ sql: String) throws(SQLiteError) {
        guard unsafe sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw lastError }
    }

    /// Compiles one statement, to be run again and again.
    package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        guard let compiled = unsafe Database.compiled(sql, handle) else { throw lastError }
        return unsafe Statement(compiled, of: self)
    }

    /// The first column of the first row, for a PRAGMA or a count; 0 without a row.
    package func integer(_ sql: String) throws(SQLiteError) -> Int64 { try prepare(sql).first() }

    /// Runs `body` in a transaction that is undone where it throws.
    ///
    /// It is the one writer from its beginning; of a read-only connection all that it reads is of one moment.
    package func transaction<Result>(_ body: () throws(SQLiteError) -> Result) throws(SQLiteError) -> Result {
        try unsafe run(begin)
        do throws(SQLiteError) {
            let result = try body()
            try unsafe run(commit)
            return result
        } catch {
            // Some errors have undone it already (https://sqlite.org/lang_transaction.html).
            if unsafe sqlite3_get_autocommit(handle) == 0 { try? execute("ROLLBACK") }
            throw error
        }
    }

    /// Copies all of this database, as it is at one moment, over another. https://sqlite.org/c3ref/backup_finish.html
    package func copy(to target: Database) throws(SQLiteError) {
        guard let backup = unsafe sqlite3_backup_init(target.handle, "main", handle, "main") else {
            throw target.lastError
        }
        // All in one step: with several, each commit in between would make it begin again.
        unsafe sqlite3_backup_step(backup, -1)
        guard unsafe sqlite3_backup_finish(backup) == SQLITE_OK else { throw target.lastError }
    }

    /// Rows that were inserted, changed or deleted since the database was opened.
    package var changes: Int64 { unsafe sqlite3_total_changes64(handle) }

    /// How long to wait for another connection's lock before SQLITE_BUSY.
    package func setBusyTimeout(milliseconds: Int32) { unsafe sqlite3_busy_timeout(handle, milliseconds) }

    /// Ends statements that take too long, with an error of which `isInterrupted` is true: `isOver` is asked before every
    /// so many instructions of SQLite's machine (https://sqlite.org/c3ref/progress_handler.html).
    package func interrupt(every instructions: Int32, _ isOver: @escaping () -> Bool) {
        self.isOver = isOver
        unsafe sqlite3_progress_handler(
            handle, instructions,
            { context in
                guard let context = unsafe context else { return 0 }
                return unsafe Unmanaged<Database>.fromOpaque(context).takeUnretainedValue().isOver() ? 1 : 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Counts the pages that this connection has written to the write-ahead log, or to the file, since the last call.
    package func takePagesWritten() -> Int {
        var current: Int32 = 0
        var highest: Int32 = 0
        unsafe sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_WRITE, &current, &highest, 1)
        return Int(current)
    }

    fileprivate var lastError: SQLiteError { unsafe Database.lastError(handle) }

    private static func lastError(_ handle: OpaquePointer) -> SQLiteError {
        unsafe SQLiteError(
            code: sqlite3_extended_errcode(handle),
            message: sqlite3_errmsg(handle).map { unsafe String(cString: $0) } ?? "")
    }
}

/// A compiled statement: bind, step through the rows, reset.
@safe package final class Statement {
    private let handle: OpaquePointer
    private let database: Database

    fileprivate init(_ handle: OpaquePointer, of database: Database) {
        unsafe self.handle = unsafe handle
        self.database = database
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Goes to the next row.
    /// - Returns: whether there is one.
    @discardableResult
    package func step() throws(SQLiteError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = database.lastError
            reset()
            throw error
        }
    }

    /// Runs one that gives no rows, and makes it ready again.
    package func run() throws(SQLiteError) {
        try step()
        reset()
    }

    /// Runs it for the first column of its first row, 0 without a row, and makes it ready again.
    package func first() throws(SQLiteError) -> Int64 {
        defer { reset() }
        return try step() ? integer(0) : 0
    }

    /// Makes it ready to be bound and run again.
    package func reset() {
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
    }

    // MARK: parameters, from 1

    package func bind(_ index: Int32, _ value: Int64) { check(unsafe sqlite3_bind_int64(handle, index, value)) }

    /// Binds nil as NULL.
    package func bind(_ index: Int32, _ value: String?) {
        guard var value else { return check(unsafe sqlite3_bind_null(handle, index)) }
        let result = value.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) {
                unsafe csqlite_bind_text(handle, index, $0.baseAddress, Int32($0.count))
            }
        }
        check(result)
    }

    // MARK: columns, from 0

    package func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    /// The text, or nil for NULL.
    package func text(_ column: Int32) -> String? {
        guard let bytes = unsafe sqlite3_column_text(handle, column) else { return nil }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// Only a parameter that the statement does not have, or one of a statement under way, can be refused: bugs.
    private func check(_ result: Int32) { precondition(result == SQLITE_OK, "SQLite refused a parameter") }
}
