import Linux
import Testing

@testable import Relay

@Suite struct FiguresTests {
    @Test func theStatusLineCountsMessagesSinceTheLastOne() {
        var figures = Figures()
        _ = figures.statusLine(connections: 0, users: 0, rooms: 1, at: 1_000)
        figures.messages = 7
        #expect(
            figures.statusLine(connections: 1, users: 2, rooms: 1, at: 3_000)
                == "1 connection, 2 users, 1 room, 3.5 messages a second")
        figures.trouble = "The index is broken."
        #expect(
            figures.statusLine(connections: 1, users: 2, rooms: 1, at: 4_000)
                == "The index is broken. 1 connection, 2 users, 1 room, 0.0 messages a second")
        figures.trouble = nil
        figures.messages += 40
        #expect(
            figures.statusLine(connections: 0, users: 0, rooms: 0, at: 5_000)
                == "0 connections, 0 users, 0 rooms, 40 messages a second")
    }

    @Test func theWorstIsSaidAndOnlyWhatMakesItUselessIsSickness() {
        var figures = Figures()
        figures.queueLimit = 100
        #expect(figures.fault == nil && figures.sickness == nil)
        var faults: [String?] = []
        figures.trouble = "The index is broken."
        faults.append(figures.fault)
        figures.isFull = true
        faults.append(figures.fault)
        figures.isShort = true
        faults.append(figures.fault)
        figures.queued = 50
        faults.append(figures.fault)
        #expect(figures.sickness == nil)
        figures.refusal = "The disk is full: make room."
        faults.append(figures.fault)
        #expect(figures.sickness == figures.fault)
        figures.stalled = 21_000
        figures.isStalled = true
        faults.append(figures.fault)
        #expect(figures.sickness == figures.fault)
        let expected = [
            "index is broken", "--max-connections", "LimitNOFILE=", "50 messages waited", "is full: make room",
            "nothing done for 21 s",
        ]
        #expect(faults.count == expected.count)
        for (fault, part) in zip(faults, expected) { #expect(fault?.contains(part) == true) }
    }

    @Test func aLedgerThatTakesSecondsIsBehind() {
        var figures = Figures()
        figures.stalled = 1_999
        #expect(figures.fault == nil)
        figures.stalled = 2_000
        #expect(figures.fault?.contains("2 s passed") == true)
    }

    /// Or peers could fill memory with codes of their own.
    @Test func closeCodesOfPeersAreOne() {
        let labels = ([nil] + (0...UInt16.max).map { $0 }).map { Relay.closeLabel($0) }
        #expect(Set(labels).count < 1_030 && Relay.closeLabel(nil) == "none" && Relay.closeLabel(4_999) == "other")
        #expect(
            Relay.closeLabel(1_001) == "1001" && Relay.closeLabel(4_000) == "4000" && Relay.closeLabel(4_101) == "4101")
    }
}

@Suite struct MessageTimesTests {
    private func buckets(_ times: MessageTimes) -> [Int] {
        times.histogram.counts.enumerated().flatMap { Array(repeating: $0.offset, count: Int($0.element)) }
    }

    /// 1 ms is bucket 3, 10 ms is bucket 6.
    @Test func eachMessageIsTimedFromItsTurnToItsTick() {
        var times = MessageTimes()
        times.begin(at: 0)
        times.enter()
        times.enter()
        times.begin(at: 9_000_000)
        times.enter()
        times.leave(isTold: true)
        times.leave(isTold: false)
        times.leave(isTold: true)
        times.finish(at: 10_000_000)
        #expect(buckets(times) == [3, 6])
        times.finish(at: 20_000_000)
        #expect(buckets(times) == [3, 6], "each once")
    }
}
