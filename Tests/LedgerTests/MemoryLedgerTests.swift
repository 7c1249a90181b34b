import Chat
import Ledger
import Testing

@Suite struct MemoryLedgerTests {
    @Test func givesOutOnceAndInOrder() {
        var ledger = MemoryLedger()
        #expect(taken(&ledger) == [])
        ledger.append(message("a"))
        ledger.append(message("b"))
        #expect(taken(&ledger) == [committed(1, "a"), committed(2, "b")])
        #expect(taken(&ledger) == [])
        ledger.append(message("c"))
        #expect(taken(&ledger) == [committed(3, "c")])
    }

    private func taken(_ ledger: inout MemoryLedger) -> [Outcome] {
        var out: [Outcome] = []
        ledger.takeOutcomes { out.append($0) }
        return out
    }

    private func committed(_ seq: UInt64, _ id: String) -> Outcome {
        .committed(Committed(seq: seq, entry: message(id)))
    }
}
