// The settings in force, and where they are read again.

internal import Chat
internal import Linux
internal import Transport

package final class SettingsStore {
    private let sources: SettingSources
    private var given: [String: GivenSetting]
    package private(set) var configuration: Configuration

    /// Reads the settings for the first time. May wait for a directory of users.
    /// - Throws: the first value that is not allowed.
    package init(_ sources: SettingSources) throws(ConfigurationError) {
        self.sources = sources
        given = try sources.read()
        configuration = try Configuration(given)
    }

    /// The names of settings that a reload has found changed.
    package struct Changes {
        package let applied: [String]
        /// Those that are applied at the next start.
        package let postponed: [String]

        /// What is to be said about those that were applied.
        let remarks: [String]

        /// For administrators.
        package var sentence: String {
            var sentences = [applied.isEmpty ? "Nothing has changed." : "Changed: \(applied.joined(separator: ", "))."]
            if !postponed.isEmpty { sentences.append("After a restart only: \(postponed.joined(separator: ", ")).") }
            return (sentences + remarks).joined(separator: " ")
        }
    }

    /// Reads the settings again; `configuration` has the new ones then.
    /// - Throws: the first value that is not allowed; then nothing has changed.
    package func reload() throws(ConfigurationError) -> Changes {
        var read = try sources.read()
        let changed = Setting.all.filter { read[$0.name]?.text != given[$0.name]?.text }
        // The next start takes all of them.
        _ = try Configuration(read, users: user)
        var postponed = changed.filter(\.needsRestart).map(\.name)
        // Each of the two allows only some values of the other.
        if postponed.contains("identity"), changed.contains(where: { $0.name == "token-key" }) {
            postponed.append("token-key")
        }
        for name in postponed { read[name] = given[name] }
        let key = configuration.chat.tokenKey
        configuration = try Configuration(read, users: user)
        given = read
        var applied = changed.map(\.name).filter { !postponed.contains($0) }
        // The file may have another key.
        if configuration.chat.tokenKey != key, !applied.contains("token-key") { applied.append("token-key") }
        return Changes(
            applied: applied, postponed: postponed,
            remarks: remarks.filter { applied.contains($0.setting) }.map(\.sentence))
    }

    /// Why another process would not start with the settings as they are in their sources now, or nil.
    package var problemForSuccessor: ConfigurationError? {
        do throws(ConfigurationError) {
            // A user that only a directory service knows is for the successor to look up.
            _ = try Configuration(sources.read()) { user($0) ?? 0 }
            return nil
        } catch {
            return error
        }
    }

    /// The id of a user, without waiting for a directory service: the loop runs this. A user that is in force was looked up before.
    private func user(_ text: String) -> UInt32? {
        text == given["proxy-user"]?.text ? configuration.transport.proxyUser : UserDatabase.localNumber(of: text)
    }

    package var remarks: [SettingRemark] { configuration.remarks(source: source) }

    /// Where a value of a setting is from, for sentences about it.
    package func source(of name: String) -> String { given[name]?.source ?? "--\(name)" }
}
