import Chat
import Linux
import Testing

@testable import Monitoring

@Suite struct HealthTests {
    @Test func theWorstProblemIsSaidAndOnlySomeAreOutages() {
        var health = Health()
        health.queueLimit = 100
        #expect(health.problem == nil && health.outage == nil)
        var problems: [String?] = []
        health.ledgerProblem = "The index is broken."
        problems.append(health.problem)
        health.journalBlocked = 5_000
        problems.append(health.problem)
        (health.silence, health.unstored) = (10_000, 1)
        problems.append(health.problem)
        health.isFull = true
        problems.append(health.problem)
        health.lacksDescriptors = true
        problems.append(health.problem)
        health.queued = 50
        problems.append(health.problem)
        #expect(health.outage == nil)
        health.refusal = "The disk is full: make room."
        problems.append(health.problem)
        #expect(health.outage == health.problem)
        health.stalled = 21_000
        health.isStalled = true
        problems.append(health.problem)
        #expect(health.outage == health.problem)
        let expected = [
            "index is broken", "No journal record was taken for 5 s",
            "read nothing for 10 s, and 1 connection would not survive", "--max-connections", "LimitNOFILE=",
            "50 messages waited", "is full: make room",
            "stored nothing for 21 s",
        ]
        #expect(problems.count == expected.count)
        for (problem, part) in zip(problems, expected) { #expect(problem?.contains(part) == true) }
    }

    @Test func aLedgerThatTakesSecondsIsBehind() {
        var health = Health()
        health.stalled = 1_999
        #expect(health.problem == nil)
        health.stalled = 2_000
        #expect(health.problem?.contains("2 s passed") == true)
    }
}

@Suite struct MessageFiguresTests {
    @Test func theRateIsOfTheMessagesSinceTheLastOne() {
        var figures = MessageFigures()
        _ = figures.rate(at: 1_000)
        let message = Message(user: UserID(1), id: "1", room: "lobby", from: "Ada", text: "Hello", at: 0)
        for _ in 0..<7 { figures.count(.message(message)) }
        #expect(figures.rate(at: 3_000) == "3.5")
        figures.count(.release(UserID(1)))
        #expect(figures.rate(at: 4_000) == "0.0")
        for _ in 0..<40 { figures.count(.message(message)) }
        #expect(figures.rate(at: 5_000) == "40" && figures.all == 47 && figures.privates == 0)
    }
}

@Suite struct MessageLatencyTests {
    private func buckets(_ latency: MessageLatency) -> [Int] {
        latency.histogram.counts.enumerated().flatMap { Array(repeating: $0.offset, count: Int($0.element)) }
    }

    /// 1 ms is bucket 3, 10 ms is bucket 6.
    @Test func eachMessageIsTimedFromItsTurnToItsTick() {
        var latency = MessageLatency()
        latency.beginTurn(at: 0)
        latency.enqueue()
        latency.enqueue()
        latency.beginTurn(at: 9_000_000)
        latency.enqueue()
        latency.dequeue(isDelivered: true)
        latency.dequeue(isDelivered: false)
        latency.dequeue(isDelivered: true)
        latency.endTick(at: 10_000_000)
        #expect(buckets(latency) == [3, 6])
        latency.endTick(at: 20_000_000)
        #expect(buckets(latency) == [3, 6], "each once")
    }
}
