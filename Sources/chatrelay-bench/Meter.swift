// Measures the CPU time and memory that a period of load costs the server and its proxy.

import Linux

struct Meter {
    struct Measured {
        let result: LoadResult
        let figures: [Figure]
    }

    private let server: ServerProcess
    private let proxies: [ServerProcess]
    private let before: ServerProcess.Memory
    private var idle: ServerProcess.Memory
    private var connections = 0
    private var connectionsPerSecond = 0.0

    /// To be made before the first connection.
    /// - Throws: where a process to measure does not exist.
    init(_ target: TargetOptions) throws {
        _ = Process.raiseDescriptorLimit()
        server = try target.server()
        proxies = try target.proxies()
        before = server.memory
        idle = before
    }

    /// Notes the memory after all clients have connected, before the first message.
    mutating func noteIdle(connections: Int, perSecond: Double) {
        self.connections = connections
        connectionsPerSecond = perSecond
        idle = server.memory
    }

    func measure(_ body: () -> LoadResult) -> Measured {
        let (serverStart, proxyStart) = (server.cpuSeconds, proxySeconds)
        let result = body()
        let figures = figures(result, server: server.cpuSeconds - serverStart, proxy: proxySeconds - proxyStart)
        return Measured(result: result, figures: figures)
    }

    private var proxySeconds: Double { proxies.reduce(0) { $0 + $1.cpuSeconds } }

    private func figures(_ run: LoadResult, server seconds: Double, proxy: Double) -> [Figure] {
        let after = server.memory
        let time = max(run.seconds, .leastNonzeroMagnitude)
        let millions = Double(max(run.deliveries, 1)) / 1e6
        return [
            ("connections", Double(connections)), ("connections_per_second", connectionsPerSecond),
            ("messages", Double(run.messages)), ("messages_per_second", Double(run.messages) / time),
            ("deliveries", Double(run.deliveries)), ("deliveries_per_second", Double(run.deliveries) / time),
            ("lost", Double(run.lost)), ("disordered", Double(run.disordered)), ("hung_up", Double(run.hungUp)),
            ("p50_ms", run.latencies.milliseconds(at: 50)), ("p90_ms", run.latencies.milliseconds(at: 90)),
            ("p99_ms", run.latencies.milliseconds(at: 99)), ("p999_ms", run.latencies.milliseconds(at: 99.9)),
            ("max_ms", run.latencies.milliseconds(at: 100)),
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
