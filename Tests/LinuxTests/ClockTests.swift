import Glibc
import Linux
import Testing

@Suite struct ClockTests {
    @Test func theWallClockIsThatOfTheSystem() {
        let before = Int64(time(nil)) * 1_000
        #expect(abs(Clock.wall - before) < 5_000)
    }

    @Test func theMonotonicClockIsTheSameInBothUnits() {
        let nanoseconds = Clock.monotonicNanoseconds
        let milliseconds = Clock.monotonic
        #expect(milliseconds >= nanoseconds / 1_000_000 && milliseconds < nanoseconds / 1_000_000 + 5_000)
    }

    @Test func processorTimePassesWhileWorkIsDone() {
        let start = Clock.processNanoseconds
        let limit = Clock.monotonic + 10_000
        while Clock.processNanoseconds == start, Clock.monotonic < limit {}
        #expect(Clock.processNanoseconds > start)
    }
}
