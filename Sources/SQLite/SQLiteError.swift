// SQLite's errors. https://sqlite.org/rescode.html

internal import CSQLite
internal import Glibc

package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// The extended result code.
    package let code: Int32
    /// SQLite's message. https://sqlite.org/c3ref/errcode.html
    package let message: String
    /// errno(3) of the system call that failed; 0 where none did.
    package let systemCode: Int32

    /// - Parameters:
    ///   - code: the extended result code.
    ///   - message: one clause, without a full stop.
    ///   - systemCode: errno(3) of the system call that failed.
    package init(code: Int32, message: String, systemCode: Int32 = 0) {
        self.code = code
        self.message = message
        self.systemCode = systemCode
    }

    /// An error of code SQLITE_CORRUPT, for damage that SQLite does not detect.
    package static func damaged(_ what: String) -> SQLiteError { SQLiteError(code: SQLITE_CORRUPT, message: what) }

    package var description: String { message }

    /// SQLITE_CONSTRAINT_UNIQUE, a macro that Swift does not import (sqlite3.h).
    private static let notUnique = SQLITE_CONSTRAINT | 8 << 8

    private var primary: Int32 { code & 0xff }
    /// A system call failed.
    private var isOfSystem: Bool { primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN }
    /// The disk is full, or the user's part of it.
    package var isFull: Bool {
        primary == SQLITE_FULL || isOfSystem && (systemCode == ENOSPC || systemCode == EDQUOT)
    }
    /// The file may not grow beyond RLIMIT_FSIZE (setrlimit(2)).
    package var isTooLarge: Bool { isOfSystem && systemCode == EFBIG }
    /// The process or the system has no descriptor left.
    package var lacksDescriptors: Bool { isOfSystem && (systemCode == EMFILE || systemCode == ENFILE) }
    /// The file was opened for writing, and its file system is read-only now.
    package var isReadOnlyDisk: Bool { primary == SQLITE_IOERR && systemCode == EROFS }
    /// Reading or writing failed. SQLite reports an EIO while it reads as damage.
    package var isFailedDisk: Bool { primary == SQLITE_IOERR || isDamage && systemCode == EIO }
    package var isReadOnly: Bool { primary == SQLITE_READONLY }
    package var isBusy: Bool { primary == SQLITE_BUSY || primary == SQLITE_LOCKED }
    private var isDamage: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }
    package var isCorrupt: Bool { isDamage && systemCode != EIO }
    /// The row would violate a UNIQUE constraint.
    package var isRepeated: Bool { code == SQLiteError.notUnique }
    package var isInterrupted: Bool { primary == SQLITE_INTERRUPT }
    package var cannotOpen: Bool { primary == SQLITE_CANTOPEN || primary == SQLITE_PERM || primary == SQLITE_AUTH }

    /// The C library's text for `systemCode`, or SQLite's message. strerror(3)
    package var reason: String { unsafe systemCode == 0 ? message : String(cString: strerror(systemCode)) }
}
