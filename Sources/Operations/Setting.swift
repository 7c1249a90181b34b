// The table of settings. Each is an option of `chatrelay serve`, a line of its settings file and an environment variable.

internal import Chat
internal import HTTP
internal import Ledger
internal import Linux
internal import Transport

/// One setting: its name, the values that are allowed, and where a value goes.
package struct Setting: Sendable {
    /// As the option has it, without “--”.
    package let name: String
    package let allowed: String
    /// Whether a change is applied at the next start only.
    package let needsRestart: Bool
    /// Applies the value; false where it is not allowed.
    private let put: @Sendable (String, inout Configuration, (String) -> UInt32?) -> Bool

    /// The environment variable: "max-connections" is CHATRELAY_MAX_CONNECTIONS.
    package var variable: String {
        "CHATRELAY_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    package static let all: [Setting] = [
        socket("listen") { $1.listen = $0 },
        socket("control") { $1.control = $0 },
        Setting(name: "ledger", allowed: "an absolute path", needsRestart: true) { text, configuration in
            guard text.hasPrefix("/") else { return false }
            configuration.ledger.path = text
            return true
        },
        choice("durability", LedgerDurability.self, needsRestart: true) { $1.ledger.durability = $0 },
        number("keep-days", 0...36_500, "days; 0: for ever") { $1.ledger.keepDays = $0 },
        number("keep-messages", 0...1_000_000_000_000, "messages; 0: all") { $1.ledger.keepMessages = $0 },
        number("keep-megabytes", 0...1_000_000_000, "megabytes; 0: no limit") { $1.ledger.keepMegabytes = $0 },
        choice("identity", IdentitySource.self, needsRestart: true) { $1.chat.identity = $0 },
        Setting(name: "token-key", allowed: "an absolute path") { text, configuration in
            guard text.hasPrefix("/") else { return false }
            configuration.tokenKey = text
            return true
        },
        number("name-days", ChatLimits.nameDays, "days") { $1.chat.nameDays = $0 },
        number("grace", ChatLimits.graceSeconds, "seconds") { $1.chat.graceSeconds = $0 },
        number("edit-minutes", ChatLimits.editMinutes, "minutes; 0: never") { $1.chat.editMinutes = $0 },
        choice("room-topics", Switch.self) { $1.chat.roomTopics = $0 == .on },
        choice("last-seen", Switch.self) { $1.chat.lastSeen = $0 == .on },
        choice("here-mentions", Switch.self) { $1.chat.hereMentions = $0 == .on },
        number("exit-idle-after", 0...31_536_000, "seconds; 0: never") { $1.exitIdleAfter = Int64($0) * 1000 },
        number("max-connections", 1...1_000_000) { $1.transport.maxConnections = $0 },
        number("address-connections", 0...1_000_000, "connections; 0: no limit") {
            $1.transport.addressConnections = $0
        },
        number("user-connections", ChatLimits.userConnections, "connections; 0: no limit") {
            $1.chat.userConnections = $0
        },
        Setting(
            name: "proxy-user",
            allowed: "a user of this machine, by name or number; a reload finds only names in /etc/passwd"
        ) { text, configuration, users in
            configuration.transport.proxyUser = users(text)
            return configuration.transport.proxyUser != nil
        },
        number("handshake-timeout", 1...300, "seconds") { $1.transport.handshakeTimeout = Int64($0) * 1000 },
        number("ping-interval", 1...3600, "seconds") { $1.transport.pingInterval = Int64($0) * 1000 },
        number("idle-timeout", 2...86_400, "seconds") { $1.transport.idleTimeout = Int64($0) * 1000 },
        // Twice what a newcomer may be given at once, which is also four of the longest texts.
        number("outbox-bytes", 2 * ChatLimits.pageBytes...1_073_741_824, "bytes") { $1.transport.outboxBytes = $0 },
        Setting(name: "rooms", allowed: "1 to 64 room names (a-z 0-9 -, at most 32 bytes each), separated by commas") {
            text, configuration in
            let rooms = list(text).map(String.init)
            guard ChatLimits.configuredRooms.contains(rooms.count), rooms.allSatisfy({ RoomName($0) != nil }),
                Set(rooms).count == rooms.count
            else { return false }
            configuration.chat.rooms = rooms
            return true
        },
        choice("room-creation", Switch.self) { $1.chat.roomCreation = $0 == .on },
        number("text-bytes", ChatLimits.textBytes, "bytes") { $1.chat.textBytes = $0 },
        number("rate", ChatLimits.rate, "commands a second; 0: no limit") { $1.chat.rate = $0 },
        number("burst", ChatLimits.burst, "commands") { $1.chat.burst = $0 },
        choice("compression", Switch.self) { $1.transport.compression = $0 == .on },
        Setting(
            name: "hosts",
            allowed:
                "hosts as browsers name them, such as chat.example.org, 192.0.2.7:8080 or xn--mnchen-3ya.example, separated by commas"
        ) { text, configuration in
            let words = list(text)
            let hosts = words.compactMap { Authority($0) }
            guard hosts.count == words.count else { return false }
            configuration.transport.origins.hosts = Set(hosts)
            return true
        },
        Setting(
            name: "allow-origin",
            allowed:
                "origins as browsers name them, such as https://chat.example.org, http://xn--mnchen-3ya.example:8080 or capacitor://localhost, separated by commas, or * alone"
        ) { text, configuration in
            let words = list(text)
            let origins = words.compactMap { Origin($0) }
            guard origins.count == words.count || text == "*" else { return false }
            configuration.transport.origins.allowed = Set(origins)
            configuration.transport.origins.allowsAll = text == "*"
            return true
        },
    ]

    /// - Parameter users: the id of a user by name or number, or nil.
    func apply(
        _ given: GivenSetting, to configuration: inout Configuration, users: (String) -> UInt32?
    ) throws(ConfigurationError) {
        guard put(given.text, &configuration, users) else {
            throw ConfigurationError(source: given.source, value: given.text, allowed: allowed)
        }
    }

    private init(
        name: String, allowed: String, needsRestart: Bool = false,
        put: @escaping @Sendable (String, inout Configuration) -> Bool
    ) {
        self.init(name: name, allowed: allowed, needsRestart: needsRestart) { text, configuration, _ in
            put(text, &configuration)
        }
    }

    private init(
        name: String, allowed: String, needsRestart: Bool = false,
        put: @escaping @Sendable (String, inout Configuration, (String) -> UInt32?) -> Bool
    ) {
        self.name = name
        self.allowed = allowed
        self.needsRestart = needsRestart
        self.put = put
    }

    private static func socket(
        _ name: String, put: @escaping @Sendable (String, inout Configuration) -> Void
    ) -> Setting {
        let allowed = "an absolute path of at most 107 bytes"
        return Setting(name: name, allowed: allowed, needsRestart: true) { text, configuration in
            guard text.hasPrefix("/"), text.utf8.count <= 107 else { return false }
            put(text, &configuration)
            return true
        }
    }

    private static func number(
        _ name: String, _ range: ClosedRange<Int>, _ unit: String? = nil,
        put: @escaping @Sendable (Int, inout Configuration) -> Void
    ) -> Setting {
        let allowed = "a whole number from \(range.lowerBound) to \(range.upperBound)" + (unit.map { " (\($0))" } ?? "")
        return Setting(name: name, allowed: allowed) { text, configuration in
            guard let value = Int(text), range.contains(value) else { return false }
            put(value, &configuration)
            return true
        }
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _: Choice.Type, needsRestart: Bool = false,
        put: @escaping @Sendable (Choice, inout Configuration) -> Void
    ) -> Setting {
        let names = Choice.allCases.map(\.rawValue)
        let allowed = names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
        return Setting(name: name, allowed: allowed, needsRestart: needsRestart) { text, configuration in
            guard let value = Choice(rawValue: text) else { return false }
            put(value, &configuration)
            return true
        }
    }

    /// The words of a list with commas.
    private static func list(_ text: String) -> [Substring] {
        text.split(separator: ",", omittingEmptySubsequences: false)
    }

    private enum Switch: String, CaseIterable { case on, off }
}
