// Measures a run: what it cost the server, and the proxy in between.

import Linux

struct Meter {
    struct Measured {
        let run: Run
        let figures: [Figure]
    }

    private let server: ServerProcess
    private let proxies: [ServerProcess]
    private let before: ServerProcess.Memory
    private var idle: ServerProcess.Memory
    private var connections = 0
    private var connectionsPerSecond = 0.0

    /// Before anybody is connected.
    init(_ target: Target) throws {
        _ = Process.raiseDescriptorLimit()
        server = try target.server()
        proxies = try target.proxies()
        before = server.memory
        idle = before
    }

    /// All are connected, and nothing was said.
    mutating func noteIdle(connections: Int, perSecond: Double) {
        self.connections = connections
        connectionsPerSecond = perSecond
        idle = server.memory
    }

    func measure(_ body: () -> Run) -> Measured {
        let (serverStart, proxyStart) = (server.cpuSeconds, proxySeconds)
        let run = body()
        return Measured(
            run: run, figures: figures(run, server: server.cpuSeconds - serverStart, proxy: proxySeconds - proxyStart))
    }

    private var proxySeconds: Double { proxies.reduce(0) { $0 + $1.cpuSeconds } }

    private func figures(_ run: Run, server seconds: Double, proxy: Double) -> [Figure] {
        let after = server.memory
        let time = max(run.seconds, .leastNonzeroMagnitude)
        let millions = Double(max(run.deliveries, 1)) / 1e6
        return [
            ("connections", Double(connections)), ("connections_per_second", connectionsPerSecond),
            ("messages", Double(run.messages)), ("messages_per_second", Double(run.messages) / time),
            ("deliveries", Double(run.deliveries)), ("deliveries_per_second", Double(run.deliveries) / time),
            ("lost", Double(run.lost)), ("disordered", Double(run.disordered)), ("hung_up", Double(run.hungUp)),
            ("p50_ms", run.latencies.percentile(0.5)), ("p90_ms", run.latencies.percentile(0.9)),
            ("p99_ms", run.latencies.percentile(0.99)), ("p999_ms", run.latencies.percentile(0.999)),
            ("max_ms", run.latencies.percentile(1)),
            ("server_cpu_seconds_per_million", seconds / millions),
            ("proxy_cpu_seconds_per_million", proxy / millions),
            ("both_cpu_seconds_per_million", (seconds + proxy) / millions),
            ("server_busy", seconds / time), ("proxy_busy", proxy / time),
            ("generator_busy", Double(run.busyNanoseconds) / 1e9 / time),
            ("rss_before_kib", Double(before.resident / 1024)), ("rss_idle_kib", Double(idle.resident / 1024)),
            ("rss_after_kib", Double(after.resident / 1024)), ("pss_after_kib", Double(after.proportional / 1024)),
            ("bytes_per_idle_connection", Double(idle.own - before.own) / Double(max(connections, 1))),
            ("bytes_per_connection_after", Double(after.own - before.own) / Double(max(connections, 1))),
        ]
    }
}
