// Durations counted in fixed buckets, from which a monitoring system computes quantiles.
// https://prometheus.io/docs/concepts/metric_types/#histogram

/// A histogram of fixed size. To count a duration takes some comparisons.
package struct DurationHistogram: Equatable, Sendable {
    /// The upper bound of each bucket, in nanoseconds; one more bucket has longer durations. Three bounds for each power of
    /// ten, from the duration of a commit to a fast disk up to 10 s.
    package static let bounds: [Int64] = [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
        250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]

    /// The number of durations in each bucket.
    package private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    /// The sum of all durations, in nanoseconds.
    package private(set) var total: Int64 = 0

    package init() {}

    /// Adds a duration.
    package mutating func count(nanoseconds: Int64) {
        let bucket = DurationHistogram.bounds.firstIndex { nanoseconds <= $0 } ?? DurationHistogram.bounds.count
        counts[bucket] += 1
        total += nanoseconds
    }
}
