// The limits of the ledger, each with its unit and reason.

package enum LedgerLimits {
    // MARK: Queues

    /// Entries that may wait for the writer; the ledger refuses more. The writer commits some ten thousand a second, so a
    /// full queue is some tenths of a second of work. The senders must notice a disk that stays slower than that.
    static let queuedEntries = 8_192
    /// Queries that may wait for the reader; more fail at once. All but searches take far less than a millisecond.
    static let queuedQueries = 1_024
    /// Entries of one transaction. Bounds the duration of a commit, and so the wait of the first entry in it.
    static let batchEntries = 1_024

    // MARK: Time

    /// Milliseconds to wait for another process's lock on the file (a backup, an administrator's shell).
    static let busyMilliseconds: Int32 = 5_000
    /// Milliseconds that one query may take. Only a search for words that occur in nearly every message takes so long.
    static let queryMilliseconds: Int64 = 1_000
    /// Virtual machine instructions of SQLite between two checks of that limit: well under a millisecond.
    static let queryInstructions: Int32 = 1_000
    /// Milliseconds without an entry after which maintenance may begin.
    static let quietMilliseconds: Int64 = 20
    /// Milliseconds between two maintenance steps while entries come without a pause: some percent of the time.
    static let loadedMilliseconds: Int64 = 100
    /// Milliseconds between two checks for entries that are too old: a minute more or less does not matter.
    static let ageCheckMilliseconds: Int64 = 60_000
    /// Milliseconds between a failure and the next attempt, of a commit or of maintenance: an administrator who has made
    /// room on the disk then checks the status.
    static let retryMilliseconds: Int64 = 1_000

    /// Milliseconds between two looks whether the file is still at its path.
    static let fileCheckMilliseconds: Int64 = 2_000

    // MARK: One maintenance step. Entries wait while it runs, so each limit amounts to some milliseconds.

    /// Entries that one transaction deletes, or reads for the search index.
    static let stepEntries = 256
    /// Bytes of their texts. The first text may be larger.
    static let stepBytes = 65_536
    /// Pages of the search index that are merged.
    static let mergedPages: Int64 = 32
    /// Pages of 4 KiB that are returned to the file system.
    static let vacuumedPages = 64

    // MARK: Size

    /// Sequence numbers that one synchronous commit reserves: under load one in several seconds, and few enough for centuries of
    /// power failures in the 2^53 numbers of JSON.
    static let reservedNumbers: Int64 = 65_536

    /// Messages kept in memory where the administrator sets no limit: some megabytes, a day of a lively chat.
    static let messagesInMemory = 20_000
    /// Entries of all kinds for each message that may be kept, where messages are limited: users who join and leave
    /// without sending a message make entries too, and must not fill the memory.
    static let entriesForEachMessage = 4
    /// The newest entries without rows in `privates`, at most. A query for private messages scans them in some tenths of
    /// a millisecond.
    static let unindexedPrivates: Int64 = 2_048
    /// Entries that one maintenance step gives their rows in `privates`: some milliseconds.
    static let indexedPrivates: Int64 = 1_024
    /// Bytes that an entry takes besides its text, an estimate, so that retention by size deletes little more than it must.
    static let entryBytes = 128
    /// Free pages that stay in the file: 1 MiB, used again before the file grows.
    static let freePages: Int64 = 256
    /// Pages of the write-ahead log that start a checkpoint when no entry waits: 1 MiB.
    static let idleCheckpointPages = 256
    /// Pages of the write-ahead log that start a checkpoint while entries come without a pause: 16 MiB.
    static let checkpointPages = 4_096
    /// Kibibytes of the writer's page cache. It holds the ends of the tables, where the writer writes; eight times as
    /// much (SQLite's default) is not faster.
    static let cacheKibibytes = 256
    /// Bytes that the write-ahead log's file keeps after a checkpoint: its size under load.
    static let logBytes = 16_777_216
}
