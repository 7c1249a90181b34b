// The durable log's door. What comes out of the ledger is what happened: entries go in, and come out again in one order,
// each with its sequence number. Owned by the loop's thread; an implementation may have threads of its own behind it.

package import Chat
package import Linux

/// The log that says what happened. Nothing here waits for a disk: outcomes are handed out later, and make the loop wake
/// up by `descriptor`.
package protocol Ledger {
    /// Readable while there are outcomes to take.
    var descriptor: Int32 { get }

    /// Takes an entry in. Each comes out again as one outcome, in the order in which they went in; only where too many wait
    /// it is refused at once, before those.
    /// - Parameter origin: the session that it is from; comes out with the outcome and is not kept.
    /// - Returns: whether it waits now; false where too many do.
    @discardableResult
    func append(_ entry: Entry, from origin: SessionID?) -> Bool

    /// Asks for what is in the ledger; answered by `Outcome.answered` with the same number, in any order.
    func read(_ number: UInt64, _ query: Query)

    /// Takes over what may be kept; the rest of the settings stays as it was.
    func reconfigure(_ settings: LedgerSettings)

    /// Hands out what has come about since the last call.
    func takeOutcomes(_ body: (Outcome) -> Void)

    /// For how many milliseconds there has been something to store and nothing got done; 0 while all goes on. It is to be
    /// asked again and again: it compares what it sees with what it saw the last time.
    /// - Parameter now: milliseconds of the monotonic clock.
    func stalled(at now: Int64) -> Int64

    var figures: LedgerFigures { get }
}

/// What the ledger has done since it was opened, and what waits.
package struct LedgerFigures: Equatable, Sendable {
    /// How long each transaction took.
    package var commits = DurationHistogram()
    /// Entries that were committed.
    package var entries: UInt64 = 0
    /// Entries that wait now, and how many may.
    package var queued = 0
    package var queueLimit = LedgerLimits.queuedEntries
}

/// What has come about.
package enum Outcome: Equatable, Sendable {
    /// It happened; `seq` is higher than that of all before it.
    case committed(Committed, from: SessionID?)
    /// It had happened before, under this number: the same user has used the same id.
    case repeated(Committed, from: SessionID?)
    /// It could not be stored and did not happen; trying again can help.
    case refused(Entry, from: SessionID?, LedgerError)
    case answered(UInt64, Answer)
    /// Retention has deleted everything up to this number.
    case forgotten(upTo: UInt64)
    /// After a refusal: what is given in can be stored again.
    case recovered
    /// Something else went wrong in the ledger, or is right again: for the journal and the status.
    case trouble(LedgerError?)
}
