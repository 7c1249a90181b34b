// What SQLite refused. https://sqlite.org/rescode.html

internal import CSQLite

package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// The extended result code.
    package let code: Int32
    /// SQLite's own words.
    package let message: String

    package init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// What SQLite itself did not notice.
    package static func damaged(_ what: String) -> SQLiteError { SQLiteError(code: SQLITE_CORRUPT, message: what) }

    package var description: String { message }

    private var primary: Int32 { code & 0xff }
    /// There is no room on the disk, or the file may not grow.
    package var isFull: Bool { primary == SQLITE_FULL || code == SQLITE_IOERR | 3 << 8 }
    package var isReadOnly: Bool { primary == SQLITE_READONLY }
    package var isBusy: Bool { primary == SQLITE_BUSY || primary == SQLITE_LOCKED }
    package var isCorrupt: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }
    /// A row would break a UNIQUE constraint.
    package var isRepeated: Bool { code == SQLITE_CONSTRAINT | 8 << 8 }
    package var isInterrupted: Bool { primary == SQLITE_INTERRUPT }
    package var cannotOpen: Bool { primary == SQLITE_CANTOPEN || primary == SQLITE_PERM || primary == SQLITE_AUTH }
}
