import Testing

@testable import Chat

@Suite struct RoomHistoryTests {
    private func history(_ seqs: ClosedRange<UInt64>, more: Bool) -> RoomHistory {
        var history = RoomHistory()
        history.complete(seqs.map { ($0, Array("\($0)".utf8)) }, more: more)
        return history
    }

    private func text(_ page: (messages: [[UInt8]], more: Bool)?) -> String? {
        page.map { "\($0.messages.map { String(decoding: $0, as: UTF8.self) }) \($0.more)" }
    }

    @Test func pagesEndWhereMemoryEnds() {
        let history = history(11...20, more: true)
        #expect(text(history.page(before: .max, limit: 2)) == #"["19", "20"] true"#)
        #expect(text(history.page(before: 13, limit: 2)) == #"["11", "12"] true"#)
        #expect(history.page(before: 13, limit: 3) == nil)
        #expect(text(self.history(11...20, more: false).page(before: 13, limit: 3)) == #"["11", "12"] false"#)
        #expect(RoomHistory().page(before: .max, limit: 1) == nil)
    }

    @Test func messagesThatMadeRoomAreOlderOnes() {
        var history = history(1...50, more: false)
        #expect(text(history.page(before: 2, limit: 5)) == #"["1"] false"#)
        history.append(51, [])
        #expect(history.oldest == 2 && history.newest == 51 && history.page(before: 3, limit: 5) == nil)
    }

    @Test func theAnswerChangesWithTheMessages() {
        var history = history(1...3, more: false)
        let answer = history.newcomersAnswer(room: "lobby", gap: false, atMost: ChatLimits.pageBytes)
        #expect(history.newcomersAnswer(room: "lobby", gap: false, atMost: ChatLimits.pageBytes) == answer)
        #expect(history.newcomersAnswer(room: "lobby", gap: true, atMost: ChatLimits.pageBytes) != answer)
        history.delete(2)
        let expected = #"{"type":"history","room":"lobby","messages":[1,3],"more":false}"#
        #expect(
            history.newcomersAnswer(room: "lobby", gap: false, atMost: ChatLimits.pageBytes) == Array(expected.utf8))
    }
}
