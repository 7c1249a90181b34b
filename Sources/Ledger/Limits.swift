// The limits of the ledger, each with its unit and reason.

package enum LedgerLimits {
    /// Entries that may wait for the writer; what comes above it is refused. At the writer's rate (some ten thousand a
    /// second) it is some tenths of a second: a disk that is slower than that for long must be felt by the senders.
    static let queuedEntries = 8_192
    /// Entries of one transaction: bounds how long a commit takes, and so how late the first of them is told.
    static let batchEntries = 1_024
    /// Milliseconds to wait for a lock that another process has on the file (a backup, an administrator's shell).
    static let busyMilliseconds: Int32 = 5_000
    /// Pages of the write-ahead log after which it is written back: 4 MiB, SQLite's own default.
    static let checkpointPages = 1_000
}
