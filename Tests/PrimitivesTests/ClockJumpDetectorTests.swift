import Primitives
import Testing

@Suite struct ClockJumpDetectorTests {
    private let day: Int64 = 86_400_000
    private var detector = ClockJumpDetector()

    @Test mutating func smallStepsAreFollowed() {
        for step in 0..<100 {
            detector.check(wall: Int64(step) * day / 2, monotonic: Int64(step))
            #expect(detector.isSettled)
        }
    }

    @Test(arguments: [400, -400]) mutating func aJumpIsNotBelievedForADay(days: Int64) {
        detector.check(wall: 0, monotonic: 0)
        detector.check(wall: days * day + 1, monotonic: 1)
        #expect(detector.jump == days * day)
        detector.check(wall: 1_000, monotonic: 1_000)
        #expect(detector.isSettled)
        detector.check(wall: days * day, monotonic: 1_000)
        detector.check(wall: (days + 1) * day - 1, monotonic: day + 999)
        #expect(!detector.isSettled)
        detector.check(wall: (days + 1) * day, monotonic: day + 1_000)
        #expect(detector.isSettled)
        detector.check(wall: (days + 1) * day + 5, monotonic: day + 1_005)
        #expect(detector.isSettled)
    }

    @Test mutating func anotherJumpBeginsAnotherDay() {
        detector.check(wall: 0, monotonic: 0)
        detector.check(wall: 400 * day, monotonic: 0)
        detector.check(wall: 600 * day, monotonic: day)
        #expect(!detector.isSettled)
        detector.check(wall: 601 * day, monotonic: 2 * day)
        #expect(detector.isSettled)
    }

    @Test func theFirstCheckComparesWithTheReference() {
        var detector = ClockJumpDetector(reference: 10 * day)
        detector.check(wall: 11 * day, monotonic: 77)
        #expect(detector.isSettled)
        detector = ClockJumpDetector(reference: 10 * day)
        detector.check(wall: 12 * day, monotonic: 77)
        #expect(detector.jump == 2 * day)
        detector.accept(wall: 12 * day, monotonic: 77)
        detector.check(wall: 12 * day + 1, monotonic: 78)
        #expect(detector.isSettled)
    }
}
