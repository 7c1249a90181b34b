/// The limits of journal, figures and health, each with its unit and reason.
package enum MonitoringLimits {
    /// Milliseconds between two status lines.
    package static let statusMilliseconds: Int64 = 5_000
    /// Milliseconds for which the ledger's writer may make no progress where no watchdog's time says it: longer than it
    /// waits for another program's lock.
    static let stallMilliseconds: Int64 = 15_000
    /// Milliseconds without progress after which the status says that the disk is slow: no commit takes seconds on a healthy disk.
    static let slowMilliseconds: Int64 = 2_000
    /// Journal records of one kind at once, and a second in the long run. What is over is counted, and said with the next record.
    static let recordBurst: Int64 = 50
    static let recordsPerSecond: Int64 = 50
    /// Records that may wait for the journal; more are dropped and counted. Some hundred bytes each.
    static let queuedRecords = 1_024
    /// Milliseconds for which the end of the process waits for records that are not written yet.
    static let flushMilliseconds: Int64 = 500
    /// Milliseconds for which one write of a record may last before the status says so.
    static let blockedMilliseconds: Int64 = 5_000
    /// Milliseconds for which the service manager may leave notifications unread before the status says so.
    static let silentMilliseconds: Int64 = 10_000
    /// Milliseconds after which suppressed records are told without a next one.
    static let suppressedMilliseconds: Int64 = 5_000
}
