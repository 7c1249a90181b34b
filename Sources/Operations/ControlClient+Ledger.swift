// What commands do themselves: print, and read the ledger beside the running daemon.

internal import FoundationEssentials
internal import Host
internal import Ledger
internal import Linux

extension ControlClient {
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
    package static func export(_ path: String, room: String) throws(ControlError) {
        do throws(LedgerError) {
            try LedgerFile.export(path, room: room) { event in Process.writeOutput(event + [UInt8(ascii: "\n")]) }
        } catch {
            throw .refused(error.description)
        }
    }

    /// Copies a ledger. The file appears once it is complete.
    package static func backup(_ path: String, to file: String, replaces: Bool) throws(ControlError) {
        guard !LedgerFile.isPart(file, of: path) else {
            throw .refused("\(file) is the ledger itself: name another file.")
        }
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
