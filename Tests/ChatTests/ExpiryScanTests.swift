import Testing

@testable import Chat

@Suite struct ExpiryScanTests {
    @Test func everyUserIsScannedInTurn() {
        var scan = ExpiryScan()
        let first = scan.step(of: 100, at: 0).indices
        #expect(first == 0..<ChatLimits.usersOfTick)
        #expect(scan.step(of: 100, at: 0).indices == first.upperBound..<2 * ChatLimits.usersOfTick)
        #expect(scan.step(of: 100, at: 0).indices == first)
    }

    @Test func namesAreReleasedAfterTheDelay() {
        var scan = ExpiryScan()
        for (now, releases) in [
            (5, false), (5 + ChatLimits.releaseDelay - 1, false), (5 + ChatLimits.releaseDelay, true),
        ] {
            #expect(scan.step(of: 1, at: now).releases == releases)
        }
    }
}
