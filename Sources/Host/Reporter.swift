package import Chat

/// The door to what administrators see: the journal, the figures, the health of the service.
package protocol Reporter: AnyObject {
    /// Something happened in the chat that an administrator may read about.
    func report(_ report: Report)
    /// The ledger has queued an entry.
    func queued()
    /// An outcome came out of the ledger; the chat applies it next.
    func resolved(_ outcome: LedgerOutcome)
}
