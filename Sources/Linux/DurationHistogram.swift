// How long things took, counted in fixed buckets: what a monitoring system makes its quantiles of.

/// Durations by their length. Of fixed size; counting one is some comparisons.
package struct DurationHistogram: Equatable, Sendable {
    /// The longest duration of each bucket, in nanoseconds; what is longer is in one more. Three for each power of ten, from
    /// what a commit to a fast disk takes to what nobody waits for.
    package static let bounds: [Int64] = [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
        250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]

    /// How many there are in each bucket.
    package private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    /// All of them end to end, in nanoseconds.
    package private(set) var total: Int64 = 0

    package init() {}

    package mutating func count(nanoseconds: Int64) {
        let place = DurationHistogram.bounds.firstIndex { nanoseconds <= $0 } ?? DurationHistogram.bounds.count
        counts[place] += 1
        total += nanoseconds
    }
}
