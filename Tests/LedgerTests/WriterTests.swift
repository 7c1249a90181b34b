import Chat
import Host
import Linux
import Synchronization
import Testing

@testable import Ledger

/// The writer without its thread. It ends as soon as all entries are committed, so it makes only the steps between batches.
@Suite struct WriterTests {
    private func outcomes(
        _ settings: LedgerSettings, _ entries: [Entry], _ queries: [QueuedQuery]
    ) throws -> [LedgerOutcome] {
        let queues = try LedgerQueues()
        let fixture = try LedgerFixture(settings)
        for entry in entries {
            let refusal = queues.entries.withLock { $0.append(QueuedEntry(entry: entry)) }
            #expect(refusal == nil)
        }
        for query in queries { #expect(queues.pages.append(query, for: nil)) }
        queues.isWriterEnding.store(true, ordering: .releasing)
        let reader = Reader(queues, [queues.pages, queues.searches], fixture.queries)
        Writer(queues, fixture.store, fixture.maintenance, answering: reader, settings.place).run()
        return queues.outcomes.withLock { $0 }
    }

    @Test func inMemoryAQueryDoesNotWaitForAllEntries() throws {
        let entries = (1...2 * LedgerLimits.batchEntries).map { message("\($0)") }
        let query = QueuedQuery(number: 7, query: .page(.room("lobby"), before: .max, limit: 1))
        let all = try outcomes(LedgerSettings(), entries, [query])
        let newest = Committed(seq: UInt64(LedgerLimits.batchEntries), entry: entries[LedgerLimits.batchEntries - 1])
        #expect(all.contains(.answered(7, .entries([newest], more: true))))
        #expect(seqs(all).filter { $0 > 0 } == Array(1...entries.count))
    }

    @Test(arguments: [10, 8_000]) func retentionKeepsUpWithManyAndLargeEntries(textBytes: Int) throws {
        let text = String(repeating: "x", count: textBytes)
        // As many as may wait at once.
        let count = min(LedgerLimits.queuedEntries, LedgerLimits.queuedBytes / textBytes)
        let entries = (1...count).map { message("\($0)", text: text) }
        let all = try outcomes(LedgerSettings(keepMessages: 1_000), entries, [])
        guard case .forgotten(let floor)? = all.last(where: { if case .forgotten = $0 { true } else { false } }) else {
            Issue.record("nothing was deleted")
            return
        }
        let kept = entries.count - Int(floor)
        #expect(kept >= 1_000 && kept < 1_000 + LedgerLimits.stepEntries)
    }
}
