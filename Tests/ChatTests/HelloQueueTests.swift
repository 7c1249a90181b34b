import Testing

@testable import Chat

@Suite struct HelloQueueTests {
    @Test func givesOutInOrderAndInTime() {
        var queue = HelloQueue()
        for slot in 0..<1_000 as Range<UInt32> {
            queue.append(SessionID(slot: slot, generation: 1), connectedAt: Int64(slot) * 10)
        }
        #expect(queue.popOverdue(at: 9_999) == nil)
        for slot in 0..<1_000 as Range<UInt32> {
            let deadline = Int64(slot) * 10 + ChatLimits.helloTimeout
            #expect(queue.popOverdue(at: deadline - 1) == nil)
            #expect(queue.popOverdue(at: deadline) == SessionID(slot: slot, generation: 1))
        }
        #expect(queue.popOverdue(at: .max) == nil)
    }
}
