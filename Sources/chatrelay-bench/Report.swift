// The figures of a run, as lines for people and as JSON.

struct Report {
    let run: Run
    let connections: Int
    let connectionsPerSecond: Double
    /// CPU time of the server in the run.
    let serverSeconds: Double
    /// The server without clients, with idle ones, and after the run.
    let before: ServerProcess.Memory
    let idle: ServerProcess.Memory
    let after: ServerProcess.Memory

    private var figures: [(name: String, value: Double)] {
        let seconds = max(run.seconds, .leastNonzeroMagnitude)
        return [
            ("connections", Double(connections)), ("connections_per_second", connectionsPerSecond),
            ("messages", Double(run.messages)), ("messages_per_second", Double(run.messages) / seconds),
            ("deliveries", Double(run.deliveries)), ("deliveries_per_second", Double(run.deliveries) / seconds),
            ("lost", Double(run.lost)), ("disordered", Double(run.disordered)), ("hung_up", Double(run.hungUp)),
            ("p50_ms", run.latencies.percentile(0.5)), ("p90_ms", run.latencies.percentile(0.9)),
            ("p99_ms", run.latencies.percentile(0.99)), ("p999_ms", run.latencies.percentile(0.999)),
            ("max_ms", run.latencies.percentile(1)),
            ("server_cpu_seconds_per_million", serverSeconds / Double(max(run.deliveries, 1)) * 1e6),
            ("server_busy", serverSeconds / seconds),
            ("generator_busy", Double(run.busyNanoseconds) / 1e9 / seconds),
            ("rss_before_kib", Double(before.resident / 1024)), ("rss_idle_kib", Double(idle.resident / 1024)),
            ("rss_after_kib", Double(after.resident / 1024)), ("pss_after_kib", Double(after.proportional / 1024)),
            ("bytes_per_idle_connection", Double(idle.own - before.own) / Double(connections)),
            ("bytes_per_connection_after", Double(after.own - before.own) / Double(connections)),
        ]
    }

    var json: String {
        "{" + figures.map { "\"\($0.name)\":\(Report.rounded($0.value))" }.joined(separator: ",") + "}"
    }

    var text: String {
        let width = figures.map(\.name.count).max() ?? 0
        return figures.map { name, value in
            let words = name.split(separator: "_").joined(separator: " ")
            return words + String(repeating: " ", count: width - words.count + 2) + Report.rounded(value)
        }.joined(separator: "\n")
    }

    private static func rounded(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\((value * 1000).rounded() / 1000)"
    }
}
