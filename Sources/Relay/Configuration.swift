// What an administrator has chosen. Setting.swift has the table of what can be chosen, SettingSources.swift where it comes
// from.

package import Chat
package import Ledger
internal import Linux

package struct Configuration: Equatable, Sendable {
    /// A Unix socket to bind, where the service manager hands none over.
    package var listen: String?
    /// The same for administrators' commands.
    package var control: String?
    /// Without one, as many as the limit of open files leaves room for.
    package var maxConnections: Int?
    /// WebSockets of one client address; 0: no limit. Without it, half of all.
    package var addressConnections: Int?
    /// The only user, but for root, that may connect to the socket.
    package var proxyUser: UInt32?
    /// Milliseconds.
    package var handshakeTimeout: Int64 = 10_000
    package var pingInterval: Int64 = 25_000
    package var idleTimeout: Int64 = 75_000
    /// Bytes that may wait for one reader.
    package var outboxBytes = 262_144
    /// Origins that pages may connect from, besides the site's own host.
    package var allowedOrigins: [String] = []
    /// Whether clients that offer permessage-deflate (RFC 7692) get it.
    package var compression = false
    /// Milliseconds without a connection after which the daemon ends; 0: never.
    package var exitIdleAfter: Int64 = 0
    package var ledger = LedgerSettings()
    package var chat = ChatSettings()

    package init() {}

    /// - Parameter given: the settings that are not left at their defaults, by name.
    /// - Throws: the first value that is not allowed.
    package init(_ given: [String: GivenSetting]) throws(ConfigurationError) {
        for setting in Setting.all {
            if let value = given[setting.name] { try setting.apply(value, to: &self) }
        }
        try check { given[$0]?.source ?? "--\($0)" }
        if let user = proxyUser, let given = given["proxy-user"], !UserDatabase.isMapped(user) {
            throw ConfigurationError(
                source: given.source, value: given.text,
                allowed: "a user that this process can tell apart: set PrivateUsers=no in a drop-in of its service")
        }
    }

    /// What holds between settings.
    private func check(source: (String) -> String) throws(ConfigurationError) {
        guard idleTimeout >= 2 * pingInterval else {
            throw ConfigurationError(
                source: source("idle-timeout"), value: "\(idleTimeout / 1000)",
                allowed: "at least twice --ping-interval, so at least \(2 * pingInterval / 1000)")
        }
        // A newcomer gets at least one message of each of its rooms.
        let least = ChatLimits.roomsOfSession * chat.textBytes
        guard outboxBytes >= least else {
            throw ConfigurationError(
                source: source("outbox-bytes"), value: "\(outboxBytes)",
                allowed: "at least \(ChatLimits.roomsOfSession) times --text-bytes, so at least \(least)")
        }
    }
}

/// A value that is not allowed. EX_CONFIG of sysexits(3).
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The option, the environment variable, or the file's line.
    package let source: String
    package let value: String
    package let allowed: String

    package init(source: String, value: String, allowed: String) {
        self.source = source
        self.value = value
        self.allowed = allowed
    }

    package var description: String {
        let shown = value.count > 60 ? "\(value.prefix(60))…" : value
        return "\(source): “\(shown)” is not allowed; allowed is \(allowed)."
    }
}
