// The one place that writes journal records: with their fields where standard error goes to the journal, else as lines.

internal import FoundationEssentials
internal import Linux
internal import Systemd

/// Writes records, and suppresses those that a peer could cause in any number.
package struct JournalWriter {
    private let isJournal = Journal.isStandardError
    private var limiters: [JournalRecord.Kind: LogRateLimiter] = [:]

    package init() {}

    package mutating func write(_ record: JournalRecord) {
        guard let suppressed = limiters[record.kind, default: LogRateLimiter()].pass(record, at: Clock.monotonic) else {
            return
        }
        put(record, suppressed: suppressed)
    }

    /// Says how many records were suppressed, where no later one of their kind has said it.
    /// - Parameter now: milliseconds of the monotonic clock; `.max` says it at once.
    package mutating func tellSuppressed(at now: Int64) {
        for kind in limiters.keys {
            if let record = limiters[kind]?.takeSuppressed(at: now) { put(record, suppressed: 0) }
        }
    }

    private func put(_ record: JournalRecord, suppressed: Int) {
        let message =
            suppressed == 0
            ? record.message : "\(record.message) (\(suppressed) more records of this kind were suppressed)"
        if isJournal {
            var fields = [
                "MESSAGE=\(message)", "MESSAGE_ID=\(record.kind.rawValue)",
                "PRIORITY=\(record.kind.priority.rawValue)", "SYSLOG_IDENTIFIER=chatrelay",
            ]
            if suppressed > 0 { fields.append("CHATRELAY_HELD_BACK=\(suppressed)") }
            fields += record.fields.map { "CHATRELAY_\($0.name)=\($0.value)" }
            if Journal.send(fields) { return }
        }
        let time = Date(timeIntervalSince1970: Double(Clock.wall) / 1000).formatted(.iso8601)
        Process.writeErrorLine("\(time) \(JournalWriter.label(record.kind.priority)) \(message)")
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
