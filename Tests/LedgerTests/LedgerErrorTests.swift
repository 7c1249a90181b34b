import Glibc
import Host
import SQLite
import Testing

@testable import Ledger

@Suite struct LedgerErrorTests {
    /// By SQLite's result code (https://sqlite.org/rescode.html) and errno.
    private static let words: [(code: Int32, errno: Int32, words: String)] = [
        (14, 0, "its directory must exist"), (14 | 1 << 8, EACCES, "its directory must exist"),
        (23, 0, "its directory must exist"), (14, EMFILE, "raise LimitNOFILE="), (14, ENOSPC, "is full: make room"),
        (8, 0, "give the service's user the file"), (8 | 6 << 8, 0, "give the service's user the file"),
        (13, 0, "is full: make room"), (10 | 3 << 8, ENOSPC, "is full: make room"),
        (10 | 19 << 8, ENOSPC, "is full: make room"), (10 | 3 << 8, EDQUOT, "is full: make room"),
        (10 | 3 << 8, EFBIG, "raise LimitFSIZE="), (10 | 3 << 8, EROFS, "has become read-only"),
        (10 | 3 << 8, EIO, "fails (Input/output error): see"), (10 | 4 << 8, EIO, "fails (Input/output error): see"),
        (11, EIO, "fails (Input/output error): see"), (5, 0, "in use by another program"),
        (6, 0, "in use by another program"), (11, 0, "restore it from a backup"),
        (26, ENOENT, "restore it from a backup"),
        (1, 0, "can't be used: because"),
    ]

    @Test(arguments: words) func eachSaysWhatToDo(code: Int32, errno: Int32, words: String) {
        let error = ledgerError(SQLiteError(code: code, message: "because", systemCode: errno), place: "/var/x")
        #expect(error.description.contains(words) && error.description.contains("/var/x"))
    }
}
