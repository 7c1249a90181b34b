import Testing

@testable import Chat

@Suite struct CloseReasonTests {
    @Test func closeReasonsFitTheirFrame() {
        let until: Int64 = 1_767_225_660_000
        let reason = String(repeating: "界", count: 80)
        for closeReason in [CloseReason.kicked(reason: reason), .banned(until: until, reason: reason)] {
            #expect((121...123).contains(closeReason.reason.utf8.count))
        }
        #expect(CloseReason.kicked(reason: nil).reason == "Removed by an administrator.")
        #expect(CloseReason.banned(until: nil, reason: nil).reason == "Banned.")
        #expect(CloseReason.banned(until: until, reason: "x").reason == "Banned until 2026-01-01T00:01:00Z: x")
    }

    @Test func everyCloseCodeIsListed() {
        let reasons: [CloseReason] = [
            .slowReader, .tokenExpired, .helloTimeout, .overRate, .idle, .tooManyConnections, .tooManySessions,
            .tooManyNames,
            .kicked(reason: nil), .banned(until: nil, reason: nil), .signedOut,
        ]
        #expect(Set(reasons.map(\.code)) == CloseReason.codes && reasons.count == CloseReason.codes.count)
        #expect(reasons.allSatisfy { !$0.reason.isEmpty && CloseReason.label($0.code) == "\($0.code)" })
    }

    /// Clients could fill memory with labels of their own otherwise.
    @Test func unknownCloseCodesHaveOneLabel() {
        let labels = ([nil] + (0...UInt16.max).map { $0 }).map { CloseReason.label($0) }
        #expect(Set(labels).count < 1_030)
        #expect(CloseReason.label(nil) == "none" && CloseReason.label(1_001) == "1001")
        #expect(CloseReason.label(4_999) == "other" && CloseReason.label(3_000) == "other")
    }
}
