import Testing

@testable import Chat

@Suite struct CommandRateLimiterTests {
    private let settings = ChatSettings(rate: 10, burst: 3)

    @Test func aBurstAndThenTheRate() {
        var limiter = CommandRateLimiter()
        for _ in 0..<3 { #expect(limiter.take(100, at: 1_000, settings) == .accepted) }
        #expect(limiter.take(100, at: 1_000, settings) == .refused(retry: 100))
        #expect(limiter.take(100, at: 1_099, settings) == .refused(retry: 1))
        #expect(limiter.take(100, at: 1_100, settings) == .accepted)
        #expect(limiter.take(100, at: 1_100, settings) == .refused(retry: 100))
        #expect(limiter.take(100, at: 1_300, settings) == .accepted)
        #expect(limiter.take(100, at: 1_300, settings) == .accepted)
        #expect(limiter.take(100, at: 1_300, settings) == .refused(retry: 100))
    }

    @Test func isNeverMoreThanFull() {
        var limiter = CommandRateLimiter()
        #expect(limiter.take(100, at: 0, settings) == .accepted)
        for _ in 0..<3 { #expect(limiter.take(100, at: 1_000_000_000_000, settings) == .accepted) }
        #expect(limiter.take(100, at: 1_000_000_000_000, settings) == .refused(retry: 100))
    }

    @Test(arguments: [(1, 1), (3, 2), (7, 5), (999, 50), (100_000, 5_000)])
    func waitingForRetryGivesTheRate(_ rate: Int, _ burst: Int) {
        let settings = ChatSettings(rate: rate, burst: burst)
        var limiter = CommandRateLimiter()
        let start: Int64 = 77
        var now = start
        for accepted in 0..<burst + 1_000 {
            if case .refused(let retry) = limiter.take(100, at: now, settings) {
                #expect(retry >= 1)
                now += retry
                #expect(limiter.take(100, at: now, settings) == .accepted)
            }
            #expect(accepted <= burst + Int(now - start) * rate / 1_000)
        }
        #expect(Int(now - start) * rate / 1_000 <= 1_000 + rate / 1_000)
    }

    @Test func fiveBurstsOfRefusalsExhaust() {
        var limiter = CommandRateLimiter()
        for _ in 0..<3 { #expect(limiter.take(100, at: 0, settings) == .accepted) }
        for _ in 0..<15 { #expect(limiter.take(100, at: 0, settings) == .refused(retry: 100)) }
        #expect(limiter.take(100, at: 0, settings) == .exhausted)
    }

    @Test func longRefusedCommandsCountMore() {
        var limiter = CommandRateLimiter()
        for _ in 0..<3 { #expect(limiter.take(65_536, at: 0, settings) == .accepted) }
        #expect(limiter.take(57_343, at: 0, settings) == .refused(retry: 100))
        #expect(limiter.take(4_095, at: 0, settings) == .refused(retry: 100))
        #expect(limiter.take(0, at: 0, settings) == .exhausted)
    }

    @Test func acceptedCommandsOffsetRefusedOnes() {
        var limiter = CommandRateLimiter()
        for now in stride(from: 0, to: 100_000, by: 300) as StrideTo<Int64> {
            for _ in 0..<3 { #expect(limiter.take(100, at: now, settings) == .accepted) }
            for _ in 0..<3 { #expect(limiter.take(100, at: now, settings) == .refused(retry: 100)) }
        }
    }

    @Test func aRateOfZeroIsNoLimit() {
        var limiter = CommandRateLimiter()
        for _ in 0..<10_000 { #expect(limiter.take(100, at: 0, ChatSettings(rate: 0, burst: 1)) == .accepted) }
    }
}
