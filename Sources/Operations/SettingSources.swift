// Where settings come from: options, the settings file, the environment, in order of precedence. Read at the start, and again at
// each reload.

internal import FoundationEssentials

/// A setting as it was given.
package struct GivenSetting: Equatable, Sendable {
    package let text: String
    /// For sentences about it: "--rate", "CHATRELAY_RATE", "/etc/default/chatrelay line 3".
    package let source: String

    package init(text: String, source: String) {
        self.text = text
        self.source = source
    }
}

package struct SettingSources {
    /// By the settings' names.
    private let options: [String: String]
    private let environment: (String) -> String?
    /// As in a unit, a "-" before the path allows it to be missing (systemd.exec(5), EnvironmentFile=).
    private let file: String?

    /// - Parameters:
    ///   - file: the settings file; "-" before its path allows it to be missing.
    ///   - environment: the value of a variable, or nil.
    package init(options: [String: String], file: String? = nil, environment: @escaping (String) -> String?) {
        precondition(options.keys.allSatisfy { name in Setting.all.contains { $0.name == name } }, "no such setting")
        self.options = options
        self.file = file ?? environment("CHATRELAY_CONFIG")
        self.environment = environment
    }

    /// - Returns: the settings that are given, by name.
    package func read() throws(ConfigurationError) -> [String: GivenSetting] {
        var given: [String: GivenSetting] = [:]
        for setting in Setting.all {
            if let text = environment(setting.variable) {
                given[setting.name] = GivenSetting(text: text, source: setting.variable)
            }
        }
        if let file { given.merge(try SettingSources.read(file)) { $1 } }
        for (name, text) in options { given[name] = GivenSetting(text: text, source: "--\(name)") }
        return given
    }

    private static func read(_ file: String) throws(ConfigurationError) -> [String: GivenSetting] {
        let isOptional = file.hasPrefix("-")
        let path = isOptional ? String(file.dropFirst()) : file
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile && isOptional {
            return [:]
        } catch {
            throw ConfigurationError(
                source: "--config", value: path, allowed: "a file that the daemon's user can read, of text in UTF-8")
        }
        return try settings(in: text, of: path)
    }

    /// Lines CHATRELAY_NAME=value, as systemd reads them too (systemd.exec(5), EnvironmentFile=): empty lines and lines that begin
    /// with # or ; are comments, and a value may stand in quotation marks.
    static func settings(in text: String, of path: String) throws(ConfigurationError) -> [String: GivenSetting] {
        let byVariable = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.variable, $0.name) })
        var given: [String: GivenSetting] = [:]
        // In Swift a carriage return and a line feed are one character.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            let source = "\(path) line \(index + 1)"
            let line = trimmed(line)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = byVariable[String(trimmed(parts[0]))] else {
                throw ConfigurationError(
                    source: source, value: String(line),
                    allowed: "CHATRELAY_NAME=value, with a name that “chatrelay serve --help” lists as --name")
            }
            given[name] = GivenSetting(text: unquoted(trimmed(parts[1])), source: "\(source) (\(parts[0]))")
        }
        return given
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    private static func unquoted(_ value: Substring) -> String {
        for mark in ["\"", "'"] where value.utf8.count >= 2 && value.hasPrefix(mark) && value.hasSuffix(mark) {
            return String(value.dropFirst().dropLast())
        }
        return String(value)
    }
}
