import Host
import SQLite
import Testing

@testable import Ledger

@Suite struct LedgerErrorTests {
    /// By SQLite's result code. https://sqlite.org/rescode.html
    private static let words: [(code: Int32, words: String)] = [
        (14, "its directory must exist"), (14 | 1 << 8, "its directory must exist"), (23, "its directory must exist"),
        (8, "give the service's user the file"), (8 | 6 << 8, "give the service's user the file"),
        (13, "is full: make room"), (10 | 3 << 8, "is full: make room"), (5, "in use by another program"),
        (6, "in use by another program"), (11, "restore it from a backup"), (26, "restore it from a backup"),
        (1, "can't be used: because"),
    ]

    @Test(arguments: words) func eachSaysWhatToDo(code: Int32, words: String) {
        let error = ledgerError(SQLiteError(code: code, message: "because"), place: "/var/x")
        #expect(error.description.contains(words) && error.description.contains("/var/x"))
    }
}
