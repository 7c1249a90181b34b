import Primitives
import Testing

@testable import Chat

@Suite struct AddressRateLimiterTests {
    @Test func eachAddressHasABurstAndThenTheRate() {
        var limiter = AddressRateLimiter(interval: ChatLimits.newNameInterval, burst: ChatLimits.newNames)
        let (one, other) = (IPAddress(high: 1 << 32, low: 0), IPAddress(high: 2 << 32, low: 0))
        for _ in 0..<ChatLimits.newNames { #expect(limiter.take(one, at: 7) == true) }
        #expect(limiter.take(one, at: 7 + ChatLimits.newNameInterval - 1) == false)
        #expect(limiter.take(other, at: 7) == true)
        #expect(limiter.take(one, at: 7 + ChatLimits.newNameInterval) == true)
        #expect(limiter.take(one, at: 7 + ChatLimits.newNameInterval) == false)
    }

    @Test func anUnknownAddressHasNoLimit() {
        var limiter = AddressRateLimiter(interval: ChatLimits.newNameInterval, burst: ChatLimits.newNames)
        for _ in 0...ChatLimits.newNames { #expect(limiter.take(.unspecified, at: 0) == true) }
        #expect(limiter.count == 0)
    }

    @Test func fullBucketsAreRemoved() {
        var limiter = AddressRateLimiter(interval: ChatLimits.newNameInterval, burst: ChatLimits.newNames)
        for low in 0..<100 as Range<UInt64> { _ = limiter.take(IPAddress(high: 1 + low, low: 0), at: 0) }
        #expect(limiter.count == 100)
        limiter.removeFull(at: ChatLimits.newNameInterval - 1)
        #expect(limiter.count == 100)
        limiter.removeFull(at: ChatLimits.newNameInterval)
        #expect(limiter.count == 0)
    }
}
