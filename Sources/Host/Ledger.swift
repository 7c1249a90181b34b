// The door to the durable log. Entries go in, and come out again in one order, each with its sequence number: what comes out is
// what happened.

package import Chat

/// The durable log. No call waits for a disk: outcomes are handed out later, by `takeOutcomes`.
package protocol Ledger: AnyObject {
    /// Queues an entry. It comes out again as one outcome, in the order in which the entries went in; only where too many are
    /// queued it is refused at once, ahead of those.
    /// - Parameter origin: the session that sent it; it comes out with the outcome and is not stored.
    /// - Returns: whether it is queued; false where too many are, which also comes out as a refusal.
    func append(_ entry: Entry, from origin: SessionID?) -> Bool

    /// Asks for stored entries; answered by `LedgerOutcome.answered` with the same number, in any order.
    /// - Parameter user: who asked; users take turns. Nil for the chat itself.
    func read(_ number: UInt64, _ query: Query, for user: UserID?)

    /// Hands out the outcomes since the last call, in order.
    func takeOutcomes(_ body: (LedgerOutcome) -> Void)
}

package enum LedgerOutcome: Equatable, Sendable {
    /// It is stored; `seq` is higher than that of all entries before it.
    case committed(Committed, from: SessionID?)
    /// It was stored before, under this number: the same user has used the same message id.
    case repeated(Committed, from: SessionID?)
    /// It could not be stored and did not happen; the sender may try again.
    case refused(Entry, from: SessionID?, LedgerError)
    /// It was not stored, because of the message that it is about.
    case rejected(Entry, from: SessionID?, Rejection)
    case answered(UInt64, Answer)
    /// Retention has deleted everything up to this number.
    case forgotten(upTo: UInt64)
    /// After a refusal: entries can be stored again.
    case recovered
    /// A lasting problem of the ledger, or nil once it is over.
    case problem(LedgerError?)
}

/// Why a ledger can't be opened or written: one sentence that says what to do.
package struct LedgerError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether too many entries were queued: this one never was among them, and is refused ahead of those.
    package let isOverflow: Bool
    /// As a lasting problem: whether nothing is stored as long as it lasts.
    package let isOutage: Bool

    package init(_ description: String, isOverflow: Bool = false, isOutage: Bool = false) {
        self.description = description
        self.isOverflow = isOverflow
        self.isOutage = isOutage
    }
}
