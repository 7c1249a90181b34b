// What commands do themselves: print, copy the ledger, read it.

internal import FoundationEssentials
internal import Ledger
internal import Linux

extension Control {
    /// One line to standard error.
    package static func complain(_ sentence: String) { Process.writeErrorLine(sentence) }

    /// Indented, with sorted keys: for people and for `jq`.
    package static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("plain values can be written") }
        return String(decoding: data, as: UTF8.self)
    }

    /// Prints a room's messages, a JSON object a line.
    package static func export(_ path: String, room: String) throws(ControlFailure) {
        do throws(LedgerError) {
            try LedgerFile.export(path, room: room) { event in Process.writeOutput(event + [UInt8(ascii: "\n")]) }
        } catch {
            throw .refused(error.description)
        }
    }

    /// Copies a ledger. The file is there when it is whole, and not before.
    package static func backup(_ path: String, to file: String, replaces: Bool) throws(ControlFailure) {
        guard replaces || !Process.fileExists(file) else {
            throw .refused("\(file) is there already: name another file, or give --force to replace it.")
        }
        let part = file + ".part"
        Process.removeFile(part)
        Process.makePrivateFile(part)
        do {
            try LedgerFile.backup(path, to: part)
            try Process.moveFile(part, to: file)
        } catch {
            Process.removeFile(part)
            throw .refused("\(error)")
        }
    }
}

extension ServiceStatus {
    /// For people.
    package var text: String {
        let (days, hours, minutes) = (upSeconds / 86_400, upSeconds / 3_600 % 24, upSeconds / 60 % 60)
        let up = (days > 0 ? "\(days) d " : "") + (upSeconds >= 3_600 ? "\(hours) h " : "") + "\(minutes) min"
        return """
            Chatrelay \(version), process \(process), up \(up)
              connections  \(connections) of \(maxConnections)
              users        \(users), in \(counted(rooms, "room"))
              messages     \(messages) since the start, \(deliveries) deliveries; the newest is number \(seq)
              ledger       \(ledger ?? "in memory")
              health       \(trouble ?? "good")
            """
    }
}
