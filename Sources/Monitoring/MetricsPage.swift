// The page /metrics; systemd/grafana-dashboard.json draws it. Names follow https://prometheus.io/docs/practices/naming/

internal import Chat
internal import Handover
internal import Host
internal import Ledger
internal import Linux
internal import Recovery
internal import Transport

struct MetricsPage {
    let monitor: Monitor
    let host: ChatHost

    func bytes() -> [UInt8] {
        var metrics = OpenMetrics()
        metrics.info("chatrelay_build", "The program.", label: "version", Version.current)
        metrics.gauge("chatrelay_healthy", "1 where /healthz says ok, else 0.", monitor.health.outage == nil ? 1 : 0)
        addConnections(to: &metrics)
        addRecovery(to: &metrics)
        addMessages(to: &metrics)
        addLedger(to: &metrics)
        addProcess(to: &metrics)
        return metrics.end()
    }

    private var transport: SocketTransport { monitor.transport }

    private func addConnections(to metrics: inout OpenMetrics) {
        let (users, rooms) = host.chat.figures
        metrics.gauge(
            "chatrelay_connections", "Clients: WebSockets that are open, and polled sessions of Socket.IO.",
            transport.clients)
        metrics.gauge("chatrelay_connections_limit", "Clients that there may be.", transport.connectionLimit)
        metrics.gauge(
            "chatrelay_requests", "Connections that are no WebSocket: requests under way, this one too.",
            transport.connectionCount - transport.webSockets)
        metrics.gauge("chatrelay_users", "Users that are present.", users)
        metrics.gauge("chatrelay_rooms", "Rooms that exist.", rooms)
        metrics.counter(
            "chatrelay_upgrades", "Answers to requests for a WebSocket by their HTTP status; 101 is accepted.",
            label: "status", transport.figures.upgrades.sorted { $0.key < $1.key }.map { ("\($0.key)", $0.value) })
        metrics.counter(
            "chatrelay_api_responses",
            "Answers to requests of programs by their HTTP status; a stream of events is 200.",
            label: "status", transport.figures.responses.sorted { $0.key < $1.key }.map { ("\($0.key)", $0.value) })
        metrics.counter(
            "chatrelay_closings", "WebSockets that ended, by the code of the first close frame.", label: "code",
            transport.figures.closings.sorted { $0.key < $1.key })
        metrics.counter(
            "chatrelay_slow_readers", "Slow readers that were closed: too much was queued for them, or for too long.",
            transport.figures.slowReaders)
    }

    private func addRecovery(to metrics: inout OpenMetrics) {
        metrics.gauge(
            "chatrelay_taken_back_connections", "Connections taken over from the process before.",
            monitor.recovery.recovered)
        metrics.gauge(
            "chatrelay_in_doubt_connections",
            "Connections closed after a crash, because a read or write was under way.",
            monitor.recovery.inDoubt)
        metrics.gauge(
            "chatrelay_unstored_connections",
            "Connections that would not survive a crash now: the service manager does not have them yet.",
            monitor.transport.unstoredConnections)
        metrics.gauge(
            "chatrelay_crashes", "Crashes that connections have survived.", Int(transport.crashRecords?.crashes ?? 0))
    }

    private func addMessages(to metrics: inout OpenMetrics) {
        let messages = monitor.messages
        metrics.counter(
            "chatrelay_messages", "Messages that were stored, to rooms and in private.", label: "kind",
            [("private", messages.privates), ("room", messages.all - messages.privates)])
        metrics.counter(
            "chatrelay_deliveries", "Events that went out, each counted for each who got it.", transport.deliveries)
        metrics.counter(
            "chatrelay_received_bytes", "Bytes read from connections.", unit: .bytes, transport.figures.bytesRead)
        metrics.counter("chatrelay_sent_bytes", "Bytes written to connections.", unit: .bytes, transport.bytesWritten)
        metrics.counter("chatrelay_writes", "System calls that wrote to connections.", transport.writes)
        metrics.histogram(
            "chatrelay_message_latency_seconds",
            "Time from the receipt of a message to the last write to its recipients.",
            monitor.latency.histogram)
    }

    private func addLedger(to metrics: inout OpenMetrics) {
        let ledger = monitor.ledger.figures
        metrics.histogram("chatrelay_ledger_commit_seconds", "Transactions of the ledger.", ledger.commits)
        metrics.counter("chatrelay_ledger_entries", "Entries that were committed.", ledger.entries)
        metrics.gauge("chatrelay_ledger_queue", "Entries that wait to be committed.", ledger.queued)
        metrics.gauge(
            "chatrelay_ledger_queue_limit", "Largest number of entries that may wait; more are refused.",
            ledger.queueLimit)
        metrics.seconds(
            gauge: "chatrelay_ledger_stalled_seconds",
            "Seconds since the ledger last made progress while work waits; 0 is good.",
            nanoseconds: monitor.health.stalled * 1_000_000)
    }

    private func addProcess(to metrics: inout OpenMetrics) {
        metrics.seconds(
            counter: "process_cpu_seconds", "User and system time spent.", nanoseconds: Clock.processNanoseconds)
        metrics.seconds(
            gauge: "process_start_time_seconds", "Start time of the process, in seconds since 1970.",
            nanoseconds: monitor.started.wall * 1_000_000)
        var resident = 0
        monitor.reserve.lend { resident = Process.residentBytes }
        metrics.gauge("process_resident_memory_bytes", "Resident memory.", unit: .bytes, resident)
        metrics.counter(
            "chatrelay_journal_records_dropped", "Journal records that were lost, because nobody took them.",
            monitor.journal.dropped)
        metrics.gauge("process_open_fds", "Open file descriptors.", Process.openDescriptors)
        metrics.gauge("process_max_fds", "Open file descriptors that are allowed.", Process.descriptorLimit)
    }
}
