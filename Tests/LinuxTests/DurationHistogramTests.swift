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
