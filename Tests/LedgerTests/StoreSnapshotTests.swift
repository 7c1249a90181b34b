import Chat
import Testing

@testable import Ledger

@Suite struct StoreSnapshotTests {
    @Test func anEmptyLedgerHasANameAndNothingElse() throws {
        let snapshot = try Bench().store.snapshot()
        #expect(snapshot == Snapshot(ledger: snapshot.ledger))
        #expect(snapshot.ledger.count == 8 && snapshot.ledger.allSatisfy { "0123456789abcdef".contains($0) })
        #expect(try Bench().store.snapshot().ledger != snapshot.ledger)
    }

    @Test func theNameStays() throws {
        let scratch = try Scratch()
        let settings = LedgerSettings(path: scratch.path)
        let first = try Bench(settings).store.snapshot().ledger
        #expect(try Bench(settings).store.snapshot().ledger == first)
    }

    @Test func recentIsAllWhereItFits() throws {
        let bench = try Bench()
        let entries = [claim("Ada"), message("a"), .seen(ada, at: 1), whisper("b", to: bob), message("c")]
        try bench.put(entries)
        let snapshot = try bench.store.snapshot()
        #expect(snapshot.recent == [2, 4, 5].map { Committed(seq: $0, entry: entries[Int($0) - 1]) })
        #expect(snapshot.recentAfter == 0 && snapshot.seq == 5)
    }

    @Test func recentIsBoundedInNumber() throws {
        let bench = try Bench()
        let limit = ChatLimits.recentMessages
        try bench.put((1...limit).map { message("\($0)") })
        #expect(try bench.store.snapshot().recentAfter == 0)
        try bench.put([.seen(ada, at: 1), message("one more")])
        let snapshot = try bench.store.snapshot()
        #expect(snapshot.recent.count == limit && snapshot.recentAfter == 1)
        #expect(snapshot.recent.first?.seq == 2 && snapshot.recent.last?.seq == UInt64(limit) + 2)
    }

    @Test func recentIsBoundedInBytes() throws {
        let bench = try Bench()
        let fit = ChatLimits.recentBytes / 30_000
        let text = String(repeating: "x", count: 30_000)
        try bench.put((1...fit + 2).map { message("\($0)", text: text) })
        let snapshot = try bench.store.snapshot()
        #expect(snapshot.recent.count == fit && snapshot.recentAfter == 2 && snapshot.recent.first?.seq == 3)
    }
}
