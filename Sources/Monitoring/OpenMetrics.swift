// The text format of OpenMetrics 1.0, which Prometheus reads:
// https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md

internal import Linux

struct OpenMetrics {
    static let type = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    private(set) var text = ""

    /// A number that only grows.
    /// - Parameters:
    ///   - name: without "_total"; ends in its unit, where it has one.
    ///   - help: one sentence.
    mutating func counter(_ name: String, _ help: String, unit: Unit? = nil, _ value: UInt64) {
        begin(name, "counter", help, unit)
        line("\(name)_total", "\(value)")
    }

    /// One for each value of a label.
    mutating func counter(_ name: String, _ help: String, label: String, _ values: [(key: String, value: UInt64)]) {
        begin(name, "counter", help, nil)
        for (key, value) in values { line("\(name)_total{\(label)=\"\(key)\"}", "\(value)") }
    }

    mutating func seconds(counter name: String, _ help: String, nanoseconds: Int64) {
        begin(name, "counter", help, .seconds)
        line("\(name)_total", OpenMetrics.seconds(nanoseconds))
    }

    /// A number that goes up and down.
    mutating func gauge(_ name: String, _ help: String, unit: Unit? = nil, _ value: Int) {
        begin(name, "gauge", help, unit)
        line(name, "\(value)")
    }

    mutating func seconds(gauge name: String, _ help: String, nanoseconds: Int64) {
        begin(name, "gauge", help, .seconds)
        line(name, OpenMetrics.seconds(nanoseconds))
    }

    mutating func histogram(_ name: String, _ help: String, _ histogram: DurationHistogram) {
        begin(name, "histogram", help, .seconds)
        var count: UInt64 = 0
        for (bound, more) in zip(DurationHistogram.bounds, histogram.counts) {
            count += more
            line("\(name)_bucket{le=\"\(OpenMetrics.seconds(bound))\"}", "\(count)")
        }
        count += histogram.counts.last ?? 0
        line("\(name)_bucket{le=\"+Inf\"}", "\(count)")
        line("\(name)_count", "\(count)")
        line("\(name)_sum", OpenMetrics.seconds(histogram.total))
    }

    mutating func info(_ name: String, _ help: String, label: String, _ value: String) {
        begin(name, "info", help, nil)
        line("\(name)_info{\(label)=\"\(value)\"}", "1")
    }

    /// The whole text.
    consuming func end() -> [UInt8] { Array("\(text)# EOF\n".utf8) }

    enum Unit: String { case seconds, bytes }

    private mutating func begin(_ name: String, _ type: String, _ help: String, _ unit: Unit?) {
        text += "# TYPE \(name) \(type)\n"
        if let unit { text += "# UNIT \(name) \(unit.rawValue)\n" }
        text += "# HELP \(name) \(help)\n"
    }

    private mutating func line(_ name: String, _ value: String) { text += "\(name) \(value)\n" }

    private static func seconds(_ nanoseconds: Int64) -> String { "\(Double(nanoseconds) / 1e9)" }
}
