import Testing

@testable import Transport

@Suite struct PingTurnsTests {
    @Test(arguments: [1_000, 1_250, 1_400, 3_000, 7_000, 40_000] as [Int64])
    func eachSlotHasItsTurnOnceInAnInterval(_ step: Int64) {
        var turns = PingTurns()
        var last: [Int: Int64] = [:]
        var now: Int64 = 5_000
        while now < 500_000 {
            defer { now += step }
            let due = turns.due(at: now, seconds: 30)
            #expect(Set(due).count == due.count && due.allSatisfy { 0..<30 ~= $0 })
            for turn in due {
                guard let before = last.updateValue(now, forKey: turn) else { continue }
                let pause: Int64 = now - before
                #expect((30_000 - step...30_000 + step).contains(pause))
            }
        }
        #expect(last.count == 30)
    }

    @Test func aSecondHasOneTurn() {
        var turns = PingTurns()
        #expect(turns.due(at: 61_000, seconds: 30) == [1])
        #expect(turns.due(at: 61_900, seconds: 30) == [])
        #expect(turns.due(at: 63_100, seconds: 30) == [2, 3])
        #expect(turns.due(at: 64_000, seconds: 1) == [0])
        #expect(turns.due(at: 70_000, seconds: 1) == [0])
    }
}
