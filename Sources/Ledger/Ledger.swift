// The durable log's door. What comes out of the ledger is what happened: entries go in, and come out again in one order,
// each with its sequence number. Owned by the loop's thread; an implementation may have threads of its own behind it.

package import Chat

/// The log that says what happened. Nothing here waits for a disk: an implementation with a writer thread hands outcomes
/// out later, and makes the loop wake up by `descriptor`.
package protocol Ledger {
    /// Readable while there are outcomes to take; nil where there are only ever any right after `append`.
    var descriptor: Int32? { get }

    /// Takes an entry in. Each comes out again as one outcome, in the order in which they went in.
    mutating func append(_ entry: Entry)

    /// Hands out what has become of entries since the last call.
    mutating func takeOutcomes(_ body: (Outcome) -> Void)
}

/// What has become of an entry.
package enum Outcome: Equatable, Sendable {
    /// It happened; `seq` is higher than that of all before it.
    case committed(Committed)
    /// It had happened before, under this number: the same sender has used the same id.
    case repeated(Committed)
    /// It could not be stored and did not happen; trying again can help.
    case refused(Entry, LedgerError)
}
