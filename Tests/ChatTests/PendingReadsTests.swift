import Testing

@testable import Chat

@Suite struct PendingReadsTests {
    private let session = SessionID(slot: 0, generation: 1)
    private let query = Query.page(.room("lobby"), before: 9, limit: 9)
    private let message = Entry.message(
        Message(user: UserID(1), id: "a-1", room: "lobby", from: "Ada", text: "Hello", at: 0))

    @Test func answersHaveNoMessageThatWasDeletedMeanwhile() {
        var reads = PendingReads()
        reads.note(Change(message: 1, kind: .deletion))
        #expect(reads.changes.isEmpty)
        let (first, second) = (
            reads.add(.privates(session), query, for: UserID(1)),
            reads.add(.missed(session, upTo: 9), query, for: UserID(1))
        )
        reads.note(Change(message: 2, kind: .deletion))
        let answer = Answer.entries([1, 2, 3].map { Committed(seq: $0, entry: message) }, more: true)
        for number in [second, first] {
            guard case .entries(let entries, true) = reads.remove(number, answer).answer else {
                Issue.record("no entries")
                continue
            }
            #expect(entries.map(\.seq) == [1, 3])
        }
        #expect(reads.isEmpty && reads.changes.isEmpty)
    }

    @Test func anUnknownNumberIsABug() async {
        await #expect(processExitsWith: .failure) {
            var reads = PendingReads()
            _ = reads.remove(1, .tooMany)
        }
    }
}
