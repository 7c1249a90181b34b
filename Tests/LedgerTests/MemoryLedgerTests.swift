import Chat
import Ledger
import Testing

@Suite struct MemoryLedgerTests {
    @Test func givesOutOnceAndInOrder() {
        var ledger = MemoryLedger()
        #expect(taken(&ledger) == [])
        ledger.append(entry("a"))
        ledger.append(entry("b"))
        #expect(taken(&ledger) == [Committed(seq: 1, entry: entry("a")), Committed(seq: 2, entry: entry("b"))])
        #expect(taken(&ledger) == [])
        ledger.append(entry("c"))
        #expect(taken(&ledger) == [Committed(seq: 3, entry: entry("c"))])
    }

    private func taken(_ ledger: inout MemoryLedger) -> [Committed] {
        var out: [Committed] = []
        ledger.takeCommitted { out.append($0) }
        return out
    }

    private func entry(_ id: String) -> Entry {
        .message(Message(id: id, room: "lobby", from: "Ada", text: "Hello", at: 0))
    }
}
