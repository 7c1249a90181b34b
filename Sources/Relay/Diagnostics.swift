// The one place that writes records: to the journal with their fields where standard error goes there, else as lines.

internal import FoundationEssentials
internal import Linux
internal import Systemd

/// Writes records, and holds back those that a peer could make too many of.
struct Diagnostics {
    private let journal = Journal.isStandardError
    /// Per kind: the second, the records in it, and those held back since the last that was written.
    private var counts: [Record.Kind: (second: Int64, written: Int, held: Int)] = [:]

    mutating func write(_ record: Record) {
        let second = Clock.monotonic / 1000
        var count = counts[record.kind] ?? (second, 0, 0)
        if count.second != second { (count.second, count.written) = (second, 0) }
        defer { counts[record.kind] = count }
        guard count.written < Limits.recordsPerSecond else {
            count.held += 1
            return
        }
        count.written += 1
        Diagnostics.put(record, held: count.held, toJournal: journal)
        count.held = 0
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
