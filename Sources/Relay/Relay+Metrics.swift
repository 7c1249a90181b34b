// What /metrics tells; systemd/grafana-dashboard.json draws it. The names follow
// https://prometheus.io/docs/practices/naming/

internal import Chat
internal import Ledger
internal import Linux

extension Relay {
    func metrics() -> [UInt8] {
        var metrics = OpenMetrics()
        metrics.info("chatrelay_build", "The program.", label: "version", Version.current)
        metrics.gauge("chatrelay_healthy", "1 where /healthz says ok, else 0.", figures.sickness == nil ? 1 : 0)
        addConnections(to: &metrics)
        addTakeover(to: &metrics)
        addMessages(to: &metrics)
        addLedger(to: &metrics)
        addProcess(to: &metrics)
        return metrics.end()
    }

    private func addConnections(to metrics: inout OpenMetrics) {
        let (users, rooms) = chat.figures
        metrics.gauge("chatrelay_connections", "WebSockets that are open.", seats)
        metrics.gauge("chatrelay_connections_limit", "WebSockets that may be open.", maxConnections)
        metrics.gauge(
            "chatrelay_requests", "Connections that are no WebSocket: requests under way, this one too.",
            poller.count - seats)
        metrics.gauge("chatrelay_users", "Users that are here.", users)
        metrics.gauge("chatrelay_rooms", "Rooms that exist.", rooms)
        metrics.counter(
            "chatrelay_upgrades", "Answers to requests for a WebSocket by their HTTP status; 101 is accepted.",
            label: "status", figures.upgrades.sorted { $0.key < $1.key }.map { ("\($0.key)", $0.value) })
        metrics.counter(
            "chatrelay_closings", "WebSockets that ended, by the code of the first close frame.", label: "code",
            figures.closings.sorted { $0.key < $1.key })
        metrics.counter(
            "chatrelay_slow_readers", "Readers sent away since too much waited for them, or for too long.",
            figures.slowReaders)
    }

    private func addTakeover(to metrics: inout OpenMetrics) {
        metrics.gauge(
            "chatrelay_taken_back_connections", "Connections taken over from the process before.",
            Int(figures.takenBack))
        metrics.gauge(
            "chatrelay_in_doubt_connections",
            "Connections closed then, since a write or read was under way in a crash.",
            Int(figures.inDoubt))
        metrics.gauge(
            "chatrelay_crashes", "Crashes that connections have outlived.", Int(crashRecords?.crashes ?? 0))
    }

    private func addMessages(to metrics: inout OpenMetrics) {
        metrics.counter(
            "chatrelay_messages", "Messages that were stored, to rooms and in private.", label: "kind",
            [("private", figures.privates), ("room", figures.messages - figures.privates)])
        metrics.counter(
            "chatrelay_deliveries", "Events that went out, each counted for each who got it.", delivery.deliveries)
        metrics.counter("chatrelay_received_bytes", "Bytes read from connections.", unit: .bytes, figures.bytesRead)
        metrics.counter("chatrelay_sent_bytes", "Bytes written to connections.", unit: .bytes, poller.bytesWritten)
        metrics.counter("chatrelay_writes", "System calls that wrote to connections.", poller.writes)
        metrics.histogram(
            "chatrelay_message_latency_seconds",
            "From a message's receipt to the last write to those who are to get it.",
            times.histogram)
    }

    private func addLedger(to metrics: inout OpenMetrics) {
        let ledger = ledger.figures
        metrics.histogram("chatrelay_ledger_commit_seconds", "Transactions of the ledger.", ledger.commits)
        metrics.counter("chatrelay_ledger_entries", "Entries that were committed.", ledger.entries)
        metrics.gauge("chatrelay_ledger_queue", "Entries that wait to be committed.", ledger.queued)
        metrics.gauge("chatrelay_ledger_queue_limit", "Entries that may wait; more are refused.", ledger.queueLimit)
        metrics.seconds(
            gauge: "chatrelay_ledger_stalled_seconds", "For how long there was work and none was done; 0 is well.",
            nanoseconds: figures.stalled * 1_000_000)
    }

    private func addProcess(to metrics: inout OpenMetrics) {
        metrics.seconds(
            counter: "process_cpu_seconds", "User and system time spent.", nanoseconds: Clock.processNanoseconds)
        metrics.seconds(
            gauge: "process_start_time_seconds", "When it began, in seconds since 1970.",
            nanoseconds: startTime * 1_000_000)
        var resident = 0
        reserve.lend { resident = Process.residentBytes }
        metrics.gauge("process_resident_memory_bytes", "Resident memory.", unit: .bytes, resident)
        metrics.gauge("process_open_fds", "Open file descriptors.", Process.openDescriptors)
        metrics.gauge("process_max_fds", "Open file descriptors that are allowed.", Process.descriptorLimit)
    }
}
