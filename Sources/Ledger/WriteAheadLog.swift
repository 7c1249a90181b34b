// Keeps the write-ahead log small: when its pages are copied to the database (a checkpoint), and when its file is emptied.
//
// The log's file is used again from its beginning after a checkpoint of all its pages, unless a reader still uses it. So another
// program that reads without end lets the file grow. Its old pages stay as they were until they are overwritten, so after a
// deletion the file is emptied.

internal import Host
internal import SQLite

final class WriteAheadLog {
    private let database: Database
    private let place: String
    /// Pages in the log after the last checkpoint; 0 once the log is used from its beginning again.
    private var checkpointed = 0
    /// Pages in the log at the last look.
    private var seen = 0
    /// Whether a checkpoint is due whatever the log's size.
    private var isDue = false
    /// Whether the log may have deleted texts; also at the start, for the process before may have left some.
    private var hasErased = true
    /// Whether the last attempt to empty a large log failed because of a reader.
    private(set) var isHeld = false
    /// The next attempt to empty the log, in milliseconds of the monotonic clock.
    private var nextTruncation = Int64.min

    init(_ database: Database, place: String) {
        self.database = database
        self.place = place
    }

    /// A text was deleted.
    func noteErased() { hasErased = true }

    /// The disk is full: what the log has may be copied, and its room be used again.
    func noteFull() { isDue = true }

    /// Whether time alone makes another attempt due.
    var isWaiting: Bool { hasErased || isDue || isHeld }

    /// Makes a checkpoint where the log has grown, or is due.
    /// - Parameters:
    ///   - pages: by which it has grown.
    ///   - now: milliseconds of the monotonic clock.
    /// - Returns: whether it did anything.
    /// - Throws: SQLite's error.
    func checkpoint(from pages: Int, at now: Int64) throws(SQLiteError) -> Bool {
        let size = database.logPages
        if size >= LedgerLimits.largeLogPages { return try truncate(at: now, after: LedgerLimits.retryMilliseconds) }
        if size < seen { checkpointed = 0 }
        seen = size
        guard isDue || size - checkpointed >= pages else { return false }
        _ = try database.checkpoint(.passive)
        noteCheckpoint()
        return true
    }

    /// Empties the log's file where it may have deleted texts, now and then.
    /// - Parameter now: milliseconds of the monotonic clock.
    /// - Returns: whether it did anything.
    /// - Throws: SQLite's error.
    func truncateErased(at now: Int64) throws(SQLiteError) -> Bool {
        guard hasErased else { return false }
        return try truncate(at: now, after: LedgerLimits.truncationMilliseconds)
    }

    private func truncate(at now: Int64, after pause: Int64) throws(SQLiteError) -> Bool {
        guard now >= nextTruncation else { return false }
        nextTruncation = now + LedgerLimits.retryMilliseconds
        let isEmpty = try database.checkpoint(.truncating)
        noteCheckpoint()
        isHeld = !isEmpty && checkpointed >= LedgerLimits.largeLogPages
        if isEmpty {
            hasErased = false
            nextTruncation = now + pause
        }
        return isEmpty
    }

    private func noteCheckpoint() {
        isDue = false
        checkpointed = database.logPages
        seen = checkpointed
    }

    /// What is wrong: another program's reader lets the log grow. The size in it doubles from one sentence to the next.
    var problem: LedgerError? {
        guard isHeld else { return nil }
        var mebibytes = LedgerLimits.largeLogPages / LedgerLimits.pagesOfMebibyte
        while 2 * mebibytes * LedgerLimits.pagesOfMebibyte <= checkpointed { mebibytes *= 2 }
        return LedgerError(
            "Another program reads the ledger \(place) without an end, so its write-ahead log has grown over \(mebibytes) MiB, and retention waits: end that program (“fuser -v \(place)” names it)."
        )
    }
}
