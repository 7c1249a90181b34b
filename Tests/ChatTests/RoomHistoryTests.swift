import Testing

@testable import Chat

@Suite struct RoomHistoryTests {
    private func history(_ seqs: ClosedRange<UInt64>, more: Bool) -> RoomHistory {
        var history = RoomHistory()
        history.complete(seqs.map { .init(seq: $0, json: Array("\($0)".utf8)) }, more: more)
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

    @Test func theOldestMessagesGoOverTheBytes() {
        let half = [UInt8](repeating: 0x78, count: ChatLimits.roomHistoryBytes / 2 - ChatLimits.messageOverhead)
        var history = history(1...3, more: false)
        history.append(4, half)
        history.append(5, half)
        #expect(history.oldest == 4 && history.bytes == ChatLimits.roomHistoryBytes)
        #expect(history.page(before: 5, limit: 1)?.more == true)
        // One message is there, however long it is. Deletions and retention make room.
        history.append(6, half + half)
        #expect(history.oldest == 6)
        history.apply(Change(message: 6, kind: .deletion))
        history.append(7, half)
        history.forget(upTo: 7)
        #expect(history.oldest == nil && history.bytes == 0)
        // What the ledger has is added as far as it fits.
        var late = RoomHistory()
        late.append(9, half)
        late.complete([.init(seq: 7, json: half), .init(seq: 8, json: half)], more: false)
        #expect(late.oldest == 8 && late.page(before: 8, limit: 3) == nil)
    }

    @Test func aPageEndsWithItsBytes() {
        let third = [UInt8](repeating: 0x78, count: ChatLimits.frameBytes / 3)
        var history = RoomHistory()
        history.complete((1...8).map { .init(seq: $0, json: third) }, more: false)
        #expect(history.page(before: .max, limit: 50)?.messages.count == 3)
        #expect(history.page(before: .max, limit: 50)?.more == true)
        #expect(history.page(before: 3, limit: 50)?.more == false)
        let answer = history.newcomersAnswer(room: "lobby", gap: false, atMost: ChatLimits.frameBytes)
        #expect(answer.count < ChatLimits.frameBytes + 100)
    }

    @Test func anUnusedHistoryIsEvicted() {
        var history = history(1...3, more: false)
        history.evict()
        #expect(history.oldest == 1, "it was just read")
        history.evict()
        #expect(history.bytes == 0 && history.loading == .notLoaded && history.newest == nil)
        history.append(4, [4])
        history.beginReading(1)
        for _ in 1...3 { history.evict() }
        #expect(history.oldest == 4, "somebody waits for it")
        history.complete([.init(seq: 2, json: [2]), .init(seq: 3, json: [3])], more: true)
        #expect(history.oldest == 2 && history.page(before: 2, limit: 1) == nil)
    }

    @Test func theAnswerChangesWithTheMessages() {
        var history = history(1...3, more: false)
        let answer = history.newcomersAnswer(room: "lobby", gap: false, atMost: ChatLimits.pageBytes)
        #expect(history.newcomersAnswer(room: "lobby", gap: false, atMost: ChatLimits.pageBytes) == answer)
        #expect(history.newcomersAnswer(room: "lobby", gap: true, atMost: ChatLimits.pageBytes) != answer)
        history.apply(Change(message: 2, kind: .deletion))
        let expected = #"{"type":"history","room":"lobby","messages":[1,3],"more":false}"#
        #expect(
            history.newcomersAnswer(room: "lobby", gap: false, atMost: ChatLimits.pageBytes) == Array(expected.utf8))
    }
}
