// The limits of the ledger, each with its unit and reason.

package enum LedgerLimits {
    // MARK: Queues

    /// Entries that may wait for the writer; the ledger refuses more. The writer commits some ten thousand a second, so a
    /// full queue is some tenths of a second of work. The senders must notice a disk that stays slower than that.
    static let queuedEntries = 8_192
    /// Bytes of texts above which the ledger refuses more entries, too: 8,192 of the longest would be 256 MiB.
    static let queuedBytes = 16_777_216
    /// Queries that may wait for the reader; more fail at once. All but searches take far less than a millisecond.
    static let queuedQueries = 1_024
    /// Searches that may wait for their reader; more fail at once. Most take some milliseconds, none more than a second.
    static let queuedSearches = 256
    /// Entries of one transaction. Bounds the duration of a commit, and so the wait of the first entry in it.
    static let batchEntries = 1_024

    // MARK: Time

    /// Milliseconds to wait for another process's lock on the file (a backup, an administrator's shell).
    static let busyMilliseconds: Int32 = 5_000
    /// Milliseconds that one query may take. None takes so long on a healthy disk.
    static let queryMilliseconds: Int64 = 1_000
    /// Milliseconds that a search may take in the index. Only words that begin in very many messages take longer: FTS5 collects all
    /// of a prefix's matches before it gives the first one.
    static let indexMilliseconds: Int64 = 300
    /// Milliseconds that a search may take altogether. The rest is spent on reading messages, the newest first.
    static let searchMilliseconds: Int64 = 600
    /// Milliseconds that a query may wait for its turn.
    static let waitMilliseconds: Int64 = 20_000
    /// Virtual machine instructions of SQLite between two checks of that limit: well under a millisecond.
    static let queryInstructions: Int32 = 1_000
    /// Virtual machine instructions between two signs of life of a migration: some tenths of a second.
    static let migrationInstructions: Int32 = 1_000_000
    /// Milliseconds without an entry after which maintenance may begin.
    static let quietMilliseconds: Int64 = 20
    /// Milliseconds between two maintenance steps while entries come without a pause: some percent of the time.
    static let loadedMilliseconds: Int64 = 100
    /// Milliseconds between two checks for entries that are too old: a minute more or less does not matter.
    static let ageCheckMilliseconds: Int64 = 60_000
    /// Milliseconds between two truncations of the write-ahead log after deletions: each costs as much as a checkpoint, and with
    /// a full ledger every new message deletes an old one.
    static let truncationMilliseconds: Int64 = 10_000
    /// Milliseconds between two notes in the ledger of what time it is.
    static let clockNoteMilliseconds: Int64 = 3_600_000
    /// Milliseconds between a failure and the next attempt, of a commit or of maintenance: an administrator who has made
    /// room on the disk then checks the status.
    static let retryMilliseconds: Int64 = 1_000

    /// Messages that a search reads before it asks the index: what is found there needs no index. Some milliseconds.
    static let searchedFirst = 256
    /// Messages that it reads at once afterwards, between two looks at the clock: some hundredths of a second.
    static let searchedAtOnce = 1_024
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
    /// Pages by which the write-ahead log grows until a checkpoint, when there is nothing else to do: 1 MiB.
    static let idleCheckpointPages = 256
    /// The same while there is: 16 MiB.
    static let checkpointPages = 4_096
    /// Pages of a log that only a reader can have kept from being used again: 64 MiB. Retention, which would add to it, waits.
    static let largeLogPages = 16_384
    static let pagesOfMebibyte = 256
    /// Kibibytes of the writer's page cache. It holds the ends of the tables, where the writer writes; eight times as
    /// much (SQLite's default) is not faster.
    static let cacheKibibytes = 256
    /// Bytes that the write-ahead log's file keeps after a checkpoint: its size under load.
    static let logBytes = 16_777_216
}
