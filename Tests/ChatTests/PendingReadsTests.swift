import Testing

@testable import Chat

@Suite struct PendingReadsTests {
    private let session = SessionID(slot: 0, generation: 1)

    @Test func answersHaveNoMessageThatWasDeletedMeanwhile() {
        var reads = PendingReads()
        reads.noteDeletion(of: 1)
        #expect(reads.deleted.isEmpty)
        let (first, second) = (
            reads.add(.privates(session), .message(1), for: UserID(1)),
            reads.add(.missed(session, upTo: 9), .message(1), for: UserID(1))
        )
        reads.noteDeletion(of: 2)
        let answer = Answer.entries([1, 2, 3].map { Committed(seq: $0, entry: .seen(UserID(1), at: 0)) }, more: true)
        for number in [second, first] {
            guard case .entries(let entries, true) = reads.remove(number, answer).answer else {
                Issue.record("no entries")
                continue
            }
            #expect(entries.map(\.seq) == [1, 3])
        }
        #expect(reads.isEmpty && reads.deleted.isEmpty)
    }

    @Test func anUnknownNumberIsABug() async {
        await #expect(processExitsWith: .failure) {
            var reads = PendingReads()
            _ = reads.remove(1, .tooMany)
        }
    }
}
