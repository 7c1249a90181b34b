package import Linux

/// What the ledger has done since it was opened, and how much is queued.
package struct LedgerFigures: Equatable, Sendable {
    /// The duration of each transaction.
    package var commits = DurationHistogram()
    /// Entries that were committed.
    package var entries: UInt64 = 0
    /// Entries that are queued now, and how many may be.
    package var queued = 0
    package var queueLimit = LedgerLimits.queuedEntries
}
