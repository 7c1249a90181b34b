// The limits of the ledger, each with its unit and reason.

package enum LedgerLimits {
    // MARK: The queues

    /// Entries that may wait for the writer; what comes above it is refused. At the writer's rate (some ten thousand a
    /// second) it is some tenths of a second: a disk that is slower than that for long must be felt by the senders.
    static let queuedEntries = 8_192
    /// Questions that may wait for the reader; what comes above it fails at once. Each takes far under a millisecond, but
    /// for searches: more than this many clients at once are told to try again.
    static let queuedQuestions = 1_024
    /// Entries of one transaction: bounds how long a commit takes, and so how late the first of them is told.
    static let batchEntries = 1_024

    // MARK: Time

    /// Milliseconds to wait for a lock that another process has on the file (a backup, an administrator's shell).
    static let busyMilliseconds: Int32 = 5_000
    /// Milliseconds that one question may take: only a search for words that nearly every message has can come to it.
    static let queryMilliseconds: Int64 = 1_000
    /// Instructions of SQLite between two looks at the clock: well under a millisecond.
    static let queryInstructions: Int32 = 1_000
    /// Milliseconds without an entry after which it is a quiet moment for housekeeping.
    static let quietMilliseconds: Int64 = 20
    /// Milliseconds between two steps of housekeeping while entries come without a pause: some hundredths of the time.
    static let loadedMilliseconds: Int64 = 100
    /// Milliseconds between two looks for entries that are too old: nobody sees a minute.
    static let lookMilliseconds: Int64 = 60_000
    /// Milliseconds after which it is tried again what has failed, storing or housekeeping: who makes room on the disk
    /// looks at the status next.
    static let retryMilliseconds: Int64 = 1_000

    // MARK: One step of housekeeping. An entry that comes meanwhile waits for it: each is some milliseconds.

    /// Entries that are deleted, or looked at for the search index, in one transaction.
    static let stepEntries = 256
    /// Bytes of their texts; one is always taken.
    static let stepBytes = 65_536
    /// Pages of the search index that are merged.
    static let mergedPages: Int64 = 32
    /// Pages of 4 KiB that are given back to the file system.
    static let vacuumedPages = 64

    // MARK: Size

    /// Messages kept in memory where the administrator says nothing: some megabytes, a day of a lively chat.
    static let messagesInMemory = 20_000
    /// Entries of all kinds for each message that may be kept, where the messages are counted: users who come and go
    /// without a word make entries, too, and must not fill memory.
    static let entriesForEachMessage = 4
    /// Newest entries that a question for private messages may have to look through, and how many are put where such a
    /// question finds them at once: some tenths of a millisecond, and some milliseconds.
    static let unplacedEntries: Int64 = 2_048
    static let placedEntries: Int64 = 1_024
    /// Bytes that an entry takes besides its text, about: so that size is not overshot by much.
    static let entryBytes = 128
    /// Free pages that stay in the file: 1 MiB, used again before the file grows.
    static let freePages: Int64 = 256
    /// Pages of the write-ahead log after which it is written back in an idle moment: 1 MiB.
    static let idleCheckpointPages = 256
    /// The same while entries come without a pause: 16 MiB.
    static let checkpointPages = 4_096
    /// Kibibytes of pages that the writer keeps in memory: the ends of the tables, where it writes. Eight times as much (SQLite's default)
    /// is not faster.
    static let cacheKibibytes = 256
    /// Bytes that the write-ahead log's file keeps after it was written back: as much as it grows to under load.
    static let logBytes = 16_777_216
}
