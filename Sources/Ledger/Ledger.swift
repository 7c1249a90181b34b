// The durable log's door. What comes out of the ledger is what happened: entries go in, and come out again in one order,
// each with its sequence number. Owned by the loop's thread; an implementation may have threads of its own behind it.

package import Chat

/// The log that says what happened. Nothing here waits for a disk: an implementation with a writer thread hands committed
/// entries out later, and makes the loop wake up by the descriptor that it was given when it was made.
package protocol Ledger {
    /// Takes an entry in. Entries that one caller appends come out in the order in which they went in.
    mutating func append(_ entry: Entry)

    /// Hands out all that was committed since the last call, in the order of `seq`.
    mutating func takeCommitted(_ body: (Committed) -> Void)
}
