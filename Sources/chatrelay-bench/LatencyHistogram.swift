// Latencies in an HDR histogram. https://hdrhistogram.github.io/HdrHistogram/

import Histogram

/// Latencies of any length, within 0.1 % of the value.
struct LatencyHistogram {
    /// Resizes itself up to the largest value. HdrHistogram counts integers: nanoseconds here.
    private var nanoseconds = Histogram<UInt64>(numberOfSignificantValueDigits: .three)

    /// Counts a latency; one below 0 as 0.
    mutating func record(nanoseconds latency: Int64) { nanoseconds.record(UInt64(max(latency, 0))) }

    /// - Parameter percentile: 0 to 100.
    /// - Returns: milliseconds, at or below which this percentage of the latencies is; 100 gives the exact maximum, and an
    ///   empty histogram 0.
    func milliseconds(at percentile: Double) -> Double {
        Double(nanoseconds.valueAtPercentile(percentile)) / 1_000_000
    }
}
