import Chat
import Testing

@testable import Ledger

@Suite struct StoreSnapshotTests {
    @Test func anEmptyLedgerHasANameAndNothingElse() throws {
        let snapshot = try LedgerFixture().store.snapshot()
        #expect(snapshot == Snapshot(ledger: snapshot.ledger))
        #expect(snapshot.ledger.count == 8 && snapshot.ledger.allSatisfy { "0123456789abcdef".contains($0) })
        #expect(try LedgerFixture().store.snapshot().ledger != snapshot.ledger)
    }

    @Test func theNameStays() throws {
        let folder = try TemporaryFolder()
        let settings = LedgerSettings(path: folder.ledger)
        let first = try LedgerFixture(settings).store.snapshot().ledger
        #expect(try LedgerFixture(settings).store.snapshot().ledger == first)
    }

    @Test func recentIsAllWhereItFits() throws {
        let fixture = try LedgerFixture()
        let entries = [claim("Ada"), message("a"), .seen(ada, at: 1), whisper("b", to: bob), message("c")]
        try fixture.put(entries)
        let snapshot = try fixture.store.snapshot()
        #expect(snapshot.recent == [2, 4, 5].map { Committed(seq: $0, entry: entries[Int($0) - 1]) })
        #expect(snapshot.recentAfter == 0 && snapshot.seq == 5)
    }

    @Test func recentIsBoundedInNumber() throws {
        let fixture = try LedgerFixture()
        let limit = ChatLimits.recentMessages
        try fixture.put((1...limit).map { message("\($0)") })
        #expect(try fixture.store.snapshot().recentAfter == 0)
        try fixture.put([.seen(ada, at: 1), message("one more")])
        let snapshot = try fixture.store.snapshot()
        #expect(snapshot.recent.count == limit && snapshot.recentAfter == 1)
        #expect(snapshot.recent.first?.seq == 2 && snapshot.recent.last?.seq == UInt64(limit) + 2)
    }

    @Test func recentIsBoundedInBytes() throws {
        let fixture = try LedgerFixture()
        let fit = ChatLimits.recentBytes / 30_000
        let text = String(repeating: "x", count: 30_000)
        try fixture.put((1...fit + 2).map { message("\($0)", text: text) })
        let snapshot = try fixture.store.snapshot()
        #expect(snapshot.recent.count == fit && snapshot.recentAfter == 2 && snapshot.recent.first?.seq == 3)
    }
}
