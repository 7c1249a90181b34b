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
    /// Milliseconds after which suppressed records are told without a next one.
    static let suppressedMilliseconds: Int64 = 5_000
}
