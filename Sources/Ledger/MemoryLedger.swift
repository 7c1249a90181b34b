// A ledger that forgets everything when the process ends: entries are committed as they come.

package import Chat

/// Counts from 1 and keeps an entry only until it is taken.
package struct MemoryLedger: Ledger {
    private var seq: UInt64 = 0
    private var committed: [Committed] = []

    package init() {}

    package mutating func append(_ entry: Entry) {
        seq += 1
        committed.append(Committed(seq: seq, entry: entry))
    }

    package mutating func takeCommitted(_ body: (Committed) -> Void) {
        for entry in committed { body(entry) }
        committed.removeAll(keepingCapacity: true)
    }
}
