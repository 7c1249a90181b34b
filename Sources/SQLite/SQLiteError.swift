// SQLite's errors. https://sqlite.org/rescode.html

internal import CSQLite

package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// The extended result code.
    package let code: Int32
    /// SQLite's message. https://sqlite.org/c3ref/errcode.html
    package let message: String

    /// - Parameters:
    ///   - code: the extended result code.
    ///   - message: one clause, without a full stop.
    package init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// An error of code SQLITE_CORRUPT, for damage that SQLite does not detect.
    package static func damaged(_ what: String) -> SQLiteError { SQLiteError(code: SQLITE_CORRUPT, message: what) }

    package var description: String { message }

    /// SQLITE_IOERR_WRITE and SQLITE_CONSTRAINT_UNIQUE, macros that Swift does not import (sqlite3.h).
    private static let writeFailed = SQLITE_IOERR | 3 << 8
    private static let notUnique = SQLITE_CONSTRAINT | 8 << 8

    private var primary: Int32 { code & 0xff }
    /// The disk is full, or the file may not grow.
    package var isFull: Bool { primary == SQLITE_FULL || code == SQLiteError.writeFailed }
    package var isReadOnly: Bool { primary == SQLITE_READONLY }
    package var isBusy: Bool { primary == SQLITE_BUSY || primary == SQLITE_LOCKED }
    package var isCorrupt: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }
    /// The row would violate a UNIQUE constraint.
    package var isRepeated: Bool { code == SQLiteError.notUnique }
    package var isInterrupted: Bool { primary == SQLITE_INTERRUPT }
    package var cannotOpen: Bool { primary == SQLITE_CANTOPEN || primary == SQLITE_PERM || primary == SQLITE_AUTH }
}
