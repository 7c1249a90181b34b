// The one place that writes records: to the journal with their fields where standard error goes there, else as lines.

internal import FoundationEssentials
internal import Linux
internal import Systemd

/// Writes records, and holds back those that a peer could make too many of.
struct JournalWriter {
    private let journal = Journal.isStandardError
    private var brakes: [Record.Kind: LogRateLimiter] = [:]

    mutating func write(_ record: Record) {
        guard let held = brakes[record.kind, default: LogRateLimiter()].pass(record, at: Clock.monotonic) else {
            return
        }
        JournalWriter.put(record, held: held, toJournal: journal)
    }

    /// Says how many were held back, where no later record of their kind has said it.
    mutating func tellHeld(at now: Int64) {
        for kind in brakes.keys {
            guard let record = brakes[kind]?.takeHeld(at: now) else { continue }
            JournalWriter.put(record, held: 0, toJournal: journal)
        }
    }

    private static func put(_ record: Record, held: Int, toJournal: Bool) {
        let message = held == 0 ? record.message : "\(record.message) (\(held) more of this kind were held back)"
        if toJournal {
            var fields = [
                "MESSAGE=\(message)", "MESSAGE_ID=\(record.kind.rawValue)",
                "PRIORITY=\(record.kind.priority.rawValue)", "SYSLOG_IDENTIFIER=chatrelay",
            ]
            if held > 0 { fields.append("CHATRELAY_HELD_BACK=\(held)") }
            fields += record.fields.map { "CHATRELAY_\($0.name)=\($0.value)" }
            if Journal.send(fields) { return }
        }
        Process.writeErrorLine("\(timeOfDay()) \(label(record.kind.priority)) \(message)")
    }

    private static func label(_ priority: Journal.Priority) -> String {
        switch priority {
        case .error: "error  "
        case .warning: "warning"
        case .notice: "notice "
        case .info: "info   "
        }
    }

    private static func timeOfDay() -> String {
        Date(timeIntervalSince1970: Double(Clock.wall) / 1000).formatted(.iso8601)
    }
}
