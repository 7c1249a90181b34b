import Chat
import Testing

@testable import Ledger

@Suite struct StorePastTests {
    @Test func anEmptyLedgerHasANameAndNothingElse() throws {
        let past = try Bench().store.past()
        #expect(past == Past(ledger: past.ledger))
        #expect(past.ledger.count == 8 && past.ledger.allSatisfy { "0123456789abcdef".contains($0) })
        #expect(try Bench().store.past().ledger != past.ledger)
    }

    @Test func theNameStays() throws {
        let scratch = try Scratch()
        let settings = LedgerSettings(path: scratch.path)
        let first = try Bench(settings).store.past().ledger
        #expect(try Bench(settings).store.past().ledger == first)
    }

    @Test func recentIsAllWhereItFits() throws {
        let bench = try Bench()
        let entries = [claim("Ada"), message("a"), .seen(ada, at: 1), whisper("b", to: bob), message("c")]
        try bench.put(entries)
        let past = try bench.store.past()
        #expect(past.recent == [2, 4, 5].map { Committed(seq: $0, entry: entries[Int($0) - 1]) })
        #expect(past.recentAfter == 0 && past.seq == 5)
    }

    @Test func recentIsBoundedInNumber() throws {
        let bench = try Bench()
        let limit = ChatLimits.recentMessages
        try bench.put((1...limit).map { message("\($0)") })
        #expect(try bench.store.past().recentAfter == 0)
        try bench.put([.seen(ada, at: 1), message("one more")])
        let past = try bench.store.past()
        #expect(past.recent.count == limit && past.recentAfter == 1)
        #expect(past.recent.first?.seq == 2 && past.recent.last?.seq == UInt64(limit) + 2)
    }

    @Test func recentIsBoundedInBytes() throws {
        let bench = try Bench()
        let fit = ChatLimits.recentBytes / 30_000
        let text = String(repeating: "x", count: 30_000)
        try bench.put((1...fit + 2).map { message("\($0)", text: text) })
        let past = try bench.store.past()
        #expect(past.recent.count == fit && past.recentAfter == 2 && past.recent.first?.seq == 3)
    }
}
