// A ledger that forgets everything when the process ends: entries are committed as they come.

package import Chat

/// Counts from 1 and keeps an entry only until it is taken; it does not know repeats.
package struct MemoryLedger: Ledger {
    private var seq: UInt64 = 0
    private var outcomes: [Outcome] = []

    package init() {}

    package var descriptor: Int32? { nil }

    package mutating func append(_ entry: Entry) {
        seq += 1
        outcomes.append(.committed(Committed(seq: seq, entry: entry)))
    }

    package mutating func takeOutcomes(_ body: (Outcome) -> Void) {
        for outcome in outcomes { body(outcome) }
        outcomes.removeAll(keepingCapacity: true)
    }
}
