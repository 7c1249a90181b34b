// The ledger's file before SQLite opens it: it is locked, so that no other daemon uses it, and it is looked at.

internal import Host
internal import Linux

struct FoundFile {
    let lock: LockedFile
    /// Nil where the file has none, or the file system keeps none.
    let mark: LedgerMark?
    /// A copy that `chatrelay backup` or `chatrelay restore` has made, and that no daemon has opened since.
    let isCopy: Bool
    /// Whether there is a write-ahead log, so that the file was not closed in order.
    let hasLog: Bool

    /// The first format whose copies are known as such.
    private static let copiedFormat = 4

    /// - Returns: nil where the file can't be opened; SQLite then says why.
    /// - Throws: where another process has the ledger, or its files belong to another user.
    init?(_ path: String, milliseconds: Int64 = Int64(LedgerLimits.busyMilliseconds)) throws(LedgerError) {
        for file in [path, path + "-wal", path + "-shm"] where Files.isDenied(file) {
            throw LedgerError(
                "The ledger \(path) can't be written: give the service's user the file \(file), with “chown --reference=\(Files.folder(of: path)) \(file)”."
            )
        }
        do throws(SystemError) {
            lock = try LockedFile(path, milliseconds: milliseconds)
        } catch {
            guard error.isLocked else { return nil }
            let process = LedgerMark.read(path).map { ": process \($0.process)" } ?? ""
            throw LedgerError(
                "The ledger \(path) is in use by another program\(process). Stop it, or give another --ledger FILE.")
        }
        mark = lock.attribute(LedgerMark.attribute).flatMap { LedgerMark($0) }
        // https://sqlite.org/fileformat2.html#the_database_header
        let head = lock.head(100)
        let isInRollbackMode = head.count == 100 && head[18] == 1
        isCopy = isInRollbackMode && FoundFile.integer(head[60..<64]) >= FoundFile.copiedFormat
        // A daemon has its file in WAL mode before it writes a log, so this log is another file's. SQLite would apply it.
        if isInRollbackMode { for suffix in ["-wal", "-shm"] { Process.removeFile(path + suffix) } }
        hasLog = FileIdentity(path + "-wal") != nil
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}
