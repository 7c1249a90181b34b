// What a run has shown, as text and as JSON.

struct Result {
    let messages: Int
    let deliveries: Int
    let lost: Int
    let disordered: Int
    let seconds: Double
    let latencies: Histogram
    /// The generator's own share of one core: near 1 it, and not the server, is what is measured.
    let busy: Double
    var serverSeconds = 0.0
    var connectionsPerSecond = 0.0
    var idleBytes = 0.0
    var usedBytes = 0.0

    private var figures: [(name: String, value: Double)] {
        [
            ("messages", Double(messages)), ("deliveries", Double(deliveries)), ("lost", Double(lost)),
            ("disordered", Double(disordered)), ("messages_per_second", Double(messages) / seconds),
            ("deliveries_per_second", Double(deliveries) / seconds), ("p50_ms", latencies.percentile(0.5)),
            ("p90_ms", latencies.percentile(0.9)), ("p99_ms", latencies.percentile(0.99)),
            ("p999_ms", latencies.percentile(0.999)), ("max_ms", latencies.percentile(1)),
            ("server_cpu_seconds_per_million", serverSeconds / max(Double(deliveries), 1) * 1e6),
            ("server_busy", serverSeconds / seconds), ("generator_busy", busy),
            ("connections_per_second", connectionsPerSecond), ("bytes_per_idle_connection", idleBytes),
            ("bytes_per_connection_after", usedBytes),
        ]
    }

    var json: String {
        "{" + figures.map { "\"\($0.name)\":\(rounded($0.value))" }.joined(separator: ",") + "}"
    }

    var text: String {
        figures.map { "\($0.name.split(separator: "_").joined(separator: " ")): \(rounded($0.value))" }
            .joined(separator: "\n")
    }

    private func rounded(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\((value * 1000).rounded() / 1000)"
    }
}
