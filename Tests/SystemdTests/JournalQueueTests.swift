import Linux
import Synchronization
import Testing

@testable import Systemd

@Suite struct JournalQueueTests {
    /// A journal that takes records only while it is open.
    private final class Journal: Sendable {
        let lines = Mutex<[String]>([])
        let isOpen = Atomic(false)

        func write(_ record: JournalQueue.QueuedRecord) {
            while !isOpen.load(ordering: .acquiring) { Clock.sleep(milliseconds: 1) }
            lines.withLock { $0.append(record.line) }
        }
    }

    @Test func nobodyWaitsForAJournalThatTakesNothing() throws {
        let journal = Journal()
        let queue = try JournalQueue(limit: 100) { journal.write($0) }
        for number in 0..<250 { queue.append(JournalQueue.QueuedRecord(fields: nil, line: "\(number)")) }
        #expect(queue.dropped == 150 && !queue.hasRoom)
        queue.flush(milliseconds: 20)
        #expect(queue.blocked(at: Clock.monotonic + 5_000) >= 5_000)
        journal.isOpen.store(true, ordering: .releasing)
        queue.flush(milliseconds: 20_000)
        #expect(journal.lines.withLock(\.self) == (0..<100).map(String.init))
        #expect(queue.hasRoom && queue.blocked(at: Clock.monotonic) == 0)
        queue.append(JournalQueue.QueuedRecord(fields: nil, line: "later"))
        queue.flush(milliseconds: 20_000)
        #expect(journal.lines.withLock(\.last) == "later" && queue.dropped == 150)
    }
}
