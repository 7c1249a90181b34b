import Testing

@testable import Chat

@Suite struct ReplayBufferTests {
    private func message(_ bytes: Int) -> ReplayBuffer.Item.Content {
        .message(room: "lobby", json: [UInt8](repeating: 0x78, count: bytes))
    }

    @Test func theOldestEventsGoOverTheNumber() {
        var buffer = ReplayBuffer(after: 4)
        for seq in 1...UInt64(ChatLimits.recentMessages) { buffer.append(4 + seq, message(1)) }
        #expect(buffer.after == 4 && buffer.items.count == ChatLimits.recentMessages)
        buffer.append(10_000, message(1))
        #expect(buffer.after == 5 && buffer.items.first?.seq == 6 && buffer.items.last?.seq == 10_000)
    }

    @Test func theOldestEventsGoOverTheBytes() {
        var buffer = ReplayBuffer(after: 0)
        for seq in 1...3 as ClosedRange<UInt64> { buffer.append(seq, message(ChatLimits.recentBytes / 3)) }
        #expect(buffer.after == 0)
        // A deleted message makes room.
        buffer.apply(Change(message: 2, kind: .deletion))
        buffer.append(4, message(ChatLimits.recentBytes / 3))
        #expect(buffer.after == 0 && buffer.items.map(\.seq) == [1, 3, 4])
        buffer.append(5, message(ChatLimits.recentBytes / 3))
        #expect(buffer.after == 1 && buffer.items.map(\.seq) == [3, 4, 5])
    }

    @Test func aNumberThatIsNotThereIsNotDeleted() {
        var buffer = ReplayBuffer(after: 0)
        for seq in [2, 4] as [UInt64] { buffer.append(seq, message(1)) }
        for seq in [1, 3, 5] as [UInt64] { buffer.apply(Change(message: seq, kind: .deletion)) }
        #expect(buffer.items.map(\.seq) == [2, 4])
    }
}
