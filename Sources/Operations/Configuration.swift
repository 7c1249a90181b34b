// What an administrator has chosen. Setting.swift has the table of settings, SettingSources.swift where their values come from.

package import Chat
package import Ledger
internal import Linux
package import Transport

package struct Configuration: Equatable, Sendable {
    /// A Unix socket to bind, where the service manager passes none.
    package var listen: String?
    /// The same for the control socket.
    package var control: String?
    /// Milliseconds without a connection after which the daemon exits; 0: never.
    package var exitIdleAfter: Int64 = 0
    /// The file with the key of the site's signed tokens.
    package var tokenKey: String?
    package var transport = TransportSettings()
    package var ledger = LedgerSettings()
    package var chat = ChatSettings()

    package init() {}

    /// As the other one; may wait for a directory of users.
    package init(_ given: [String: GivenSetting]) throws(ConfigurationError) {
        try self.init(given, users: UserDatabase.number)
    }

    /// - Parameters:
    ///   - given: the settings that are not left at their defaults, by name.
    ///   - users: the id of a user by name or number, or nil.
    /// - Throws: the first value that is not allowed.
    init(
        _ given: [String: GivenSetting], users: (String) -> UInt32?
    ) throws(ConfigurationError) {
        for setting in Setting.all {
            if let value = given[setting.name] { try setting.apply(value, to: &self, users: users) }
        }
        transport.isAuthenticatedByProxy = chat.identity == .proxy
        let tokenKeySource = given["token-key"]?.source ?? "--token-key"
        if let tokenKey { chat.tokenKey = try TokenKeyFile.read(tokenKey, source: tokenKeySource) }
        try check { given[$0]?.source ?? "--\($0)" }
        if let user = transport.proxyUser, let given = given["proxy-user"], !UserDatabase.isMapped(user) {
            throw ConfigurationError(
                source: given.source, value: given.text,
                allowed:
                    "a user that this process can distinguish from others: set PrivateUsers=no in a drop-in of its service"
            )
        }
    }

    /// Checks settings against each other.
    private func check(source: (String) -> String) throws(ConfigurationError) {
        guard chat.identity != .signed || chat.tokenKey != nil else {
            throw ConfigurationError(
                source: source("identity"), value: "signed",
                allowed: "token or proxy, unless --token-key names the key of the site that signs the tokens")
        }
        if let tokenKey, chat.identity == .proxy {
            throw ConfigurationError(
                source: source("token-key"), value: tokenKey,
                allowed:
                    "no key with --identity proxy, where the login at nginx names the users: choose token or signed")
        }
        guard transport.idleTimeout >= 2 * transport.pingInterval else {
            throw ConfigurationError(
                source: source("idle-timeout"), value: "\(transport.idleTimeout / 1000)",
                allowed: "at least twice --ping-interval, so at least \(2 * transport.pingInterval / 1000)")
        }
        // A newcomer gets at least one message of each of its rooms.
        let least = ChatLimits.roomsOfSession * chat.textBytes
        guard transport.outboxBytes >= least else {
            throw ConfigurationError(
                source: source("outbox-bytes"), value: "\(transport.outboxBytes)",
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
