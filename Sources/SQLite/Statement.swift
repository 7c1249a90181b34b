// A compiled SQL statement. https://sqlite.org/c3ref/stmt.html

internal import CSQLite
internal import Glibc

/// Bind the parameters, step through the rows, reset. Usable as long as its database, and by the same thread.
@safe package final class Statement {
    private let handle: OpaquePointer
    private let database: Database

    init(_ handle: OpaquePointer, of database: Database) {
        unsafe self.handle = unsafe handle
        self.database = database
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Advances to the next row. https://sqlite.org/c3ref/step.html
    /// - Returns: whether there is one.
    /// - Throws: SQLite's error; then the statement is reset.
    @discardableResult
    package func step() throws(SQLiteError) -> Bool {
        errno = 0
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = database.lastError
            reset()
            throw error
        }
    }

    /// Runs a statement without rows, and resets it.
    /// - Throws: SQLite's error.
    package func run() throws(SQLiteError) {
        try step()
        reset()
    }

    /// Runs the statement for the first column of its first row, 0 without a row, and resets it.
    /// - Throws: SQLite's error.
    package func first() throws(SQLiteError) -> Int64 {
        defer { reset() }
        return try step() ? integer(0) : 0
    }

    /// Resets the statement and clears its parameters. https://sqlite.org/c3ref/reset.html
    package func reset() {
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
    }

    // MARK: Parameters, numbered from 1

    /// Binds an integer.
    package func bind(_ index: Int32, _ value: Int64) { check(unsafe sqlite3_bind_int64(handle, index, value)) }

    /// Binds a text; nil as NULL.
    package func bind(_ index: Int32, _ value: String?) {
        guard var value else { return check(unsafe sqlite3_bind_null(handle, index)) }
        let result = value.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) {
                unsafe csqlite_bind_text(handle, index, $0.baseAddress, Int32($0.count))
            }
        }
        check(result)
    }

    // MARK: Columns of the current row, numbered from 0

    /// The integer; 0 for NULL.
    package func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    /// The text; nil for NULL.
    package func text(_ column: Int32) -> String? {
        guard let bytes = unsafe sqlite3_column_text(handle, column) else { return nil }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// SQLite refuses a parameter only where the statement has no such parameter or is not reset: bugs of the caller.
    private func check(_ result: Int32) { precondition(result == SQLITE_OK, "SQLite refused a parameter") }
}
