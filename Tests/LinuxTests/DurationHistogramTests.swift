import Glibc
import Linux
import Testing

@Suite struct DurationHistogramTests {
    @Test func eachDurationIsInTheFirstBucketThatHoldsIt() {
        var histogram = DurationHistogram()
        for nanoseconds: Int64 in [0, 100_000, 100_001, 10_000_000_000, 10_000_000_001, .max / 2] {
            histogram.count(nanoseconds: nanoseconds)
        }
        var expected = [UInt64](repeating: 0, count: 17)
        (expected[0], expected[1], expected[15], expected[16]) = (2, 1, 1, 2)
        #expect(histogram.counts == expected)
        #expect(histogram.total == 20_000_200_002 + .max / 2)
        #expect(DurationHistogram.bounds == DurationHistogram.bounds.sorted())
    }
}

@Suite struct ProcessTests {
    @Test func descriptorsAndMemoryAreThoseOfThisProcess() {
        // Other tests open and close some meanwhile.
        let extra = (0..<500).map { _ in unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }
        let before = Process.openDescriptors
        for descriptor in extra { close(descriptor) }
        #expect(abs(before - Process.openDescriptors - 500) < 200)
        #expect(Process.residentBytes > 1 << 20 && Process.residentBytes < 1 << 34)
        let start = Clock.processNanoseconds
        while Clock.processNanoseconds == start {}
    }
}
