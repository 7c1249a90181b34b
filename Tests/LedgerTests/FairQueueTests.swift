import Chat
import Testing

@testable import Ledger

@Suite struct FairQueueTests {
    @Test func usersTakeTurns() {
        var queue = FairQueue<String>()
        for number in 1...3 { queue.append("a\(number)", of: ada) }
        queue.append("b1", of: bob)
        queue.append("chat", of: nil)
        #expect(queue.removeFirst() == "a1")
        queue.append("b2", of: bob)
        var rest: [String] = []
        while let next = queue.removeFirst() { rest.append(next) }
        #expect(rest == ["b1", "chat", "a2", "b2", "a3"])
        #expect(queue.count == 0 && queue.removeFirst() == nil)
    }

    /// Whatever comes and goes: each element comes out once, and each user's in order.
    @Test(arguments: 0..<4) func nothingIsLost(seed: UInt64) {
        var random = Seeded(state: seed)
        var queue = FairQueue<(user: UInt64, number: Int)>()
        var last: [UInt64: Int] = [:]
        var (added, removed) = (0, 0)
        for _ in 0..<5_000 {
            if Bool.random(using: &random) {
                added += 1
                let user = UInt64.random(in: 1...5, using: &random)
                queue.append((user, added), of: UserID(user))
            } else if let (user, number) = queue.removeFirst() {
                removed += 1
                #expect(number > last[user] ?? 0)
                last[user] = number
            }
            #expect(queue.count == added - removed)
        }
    }
}
