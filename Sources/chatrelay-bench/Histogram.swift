// Where latencies are counted, and their percentiles.

/// Latencies in fixed memory: 32 steps for each power of two, so within 3 % of the value.
struct Histogram {
    private static let steps = 32
    private var counts = [Int](repeating: 0, count: 64 * Histogram.steps)
    private(set) var total = 0
    private(set) var largest: Int64 = 0

    /// - Parameter value: nanoseconds.
    mutating func add(_ value: Int64) {
        counts[Histogram.index(max(value, 0))] += 1
        total += 1
        largest = max(largest, value)
    }

    /// - Returns: milliseconds, below which this share of the values lies.
    func percentile(_ share: Double) -> Double {
        var left = Int((Double(total) * share).rounded(.up))
        for (index, count) in counts.enumerated() {
            left -= count
            if left <= 0 { return Double(min(Histogram.upper(index), largest)) / 1_000_000 }
        }
        return Double(largest) / 1_000_000
    }

    private static func index(_ value: Int64) -> Int {
        guard value >= steps else { return Int(value) }
        let power = 63 - value.leadingZeroBitCount
        let step = Int(value >> Int64(power - 5)) - steps
        return (power - 4) * steps + step
    }

    private static func upper(_ index: Int) -> Int64 {
        guard index >= steps else { return Int64(index) }
        let power = index / steps + 4
        return (Int64(steps + index % steps) + 1) << Int64(power - 5)
    }
}
