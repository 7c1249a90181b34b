// The one place that writes journal records: with their fields where standard error goes to the journal, else as lines. The caller
// never waits: a thread writes them (Systemd/JournalQueue.swift).

internal import FoundationEssentials
internal import Linux
internal import Systemd

/// Writes records, and suppresses those that a peer could cause in any number.
package struct JournalWriter {
    private let isJournal = Journal.isStandardError
    /// Nil where the process has no descriptor or thread left at its start.
    private let queue = try? JournalQueue(limit: MonitoringLimits.queuedRecords)
    private var limiters: [JournalRecord.Kind: LogRateLimiter] = [:]
    /// Dropped records that a record has told of.
    private var toldDropped: UInt64 = 0

    package init() {}

    package mutating func write(_ record: JournalRecord) {
        guard let suppressed = limiters[record.kind, default: LogRateLimiter()].pass(record, at: Clock.monotonic) else {
            return
        }
        put(record, suppressed: suppressed)
    }

    /// Says how many records were suppressed, where no later one of their kind has said it, and how many were dropped.
    /// - Parameter now: milliseconds of the monotonic clock; `.max` says it at once.
    package mutating func tellSuppressed(at now: Int64) {
        for kind in limiters.keys {
            if let record = limiters[kind]?.takeSuppressed(at: now) { put(record, suppressed: 0) }
        }
        tellDropped()
    }

    /// Records that were dropped, because too many waited.
    package var dropped: UInt64 { queue?.dropped ?? 0 }

    /// For how many milliseconds nobody has taken a record that is being written.
    package func blocked(at now: Int64) -> Int64 { queue?.blocked(at: now) ?? 0 }

    /// Waits until all records are written, for a moment at most: the process is about to end.
    package func flush() { queue?.flush(milliseconds: MonitoringLimits.flushMilliseconds) }

    private mutating func put(_ record: JournalRecord, suppressed: Int) {
        tellDropped()
        append(record, suppressed: suppressed)
    }

    /// Once there is room again.
    private mutating func tellDropped() {
        let dropped = dropped
        guard dropped > toldDropped, queue?.hasRoom == true else { return }
        append(.dropped(dropped - toldDropped), suppressed: 0)
        toldDropped = dropped
    }

    private func append(_ record: JournalRecord, suppressed: Int) {
        let message =
            suppressed == 0
            ? record.message : "\(record.message) (\(suppressed) more records of this kind were suppressed)"
        var fields: [String]?
        if isJournal {
            var all = [
                "MESSAGE=\(message)", "MESSAGE_ID=\(record.kind.rawValue)",
                "PRIORITY=\(record.kind.priority.rawValue)", "SYSLOG_IDENTIFIER=chatrelay",
            ]
            if suppressed > 0 { all.append("CHATRELAY_HELD_BACK=\(suppressed)") }
            fields = all + record.fields.map { "CHATRELAY_\($0.name)=\($0.value)" }
        }
        let time = Date(timeIntervalSince1970: Double(Clock.wall) / 1000).formatted(.iso8601)
        let line = "\(time) \(JournalWriter.label(record.kind.priority)) \(message)"
        let written = JournalQueue.QueuedRecord(fields: fields, line: line)
        if let queue { queue.append(written) } else { JournalQueue.write(written) }
    }

    private static func label(_ priority: Journal.Priority) -> String {
        switch priority {
        case .error: "error  "
        case .warning: "warning"
        case .notice: "notice "
        case .info: "info   "
        }
    }
}
