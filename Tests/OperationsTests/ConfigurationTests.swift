import Chat
import HTTP
import Ledger
import Testing
import Transport

@testable import Operations

@Suite struct ConfigurationTests {
    private func read(_ options: [String: String], _ environment: [String: String] = [:]) throws -> Configuration {
        try Configuration(SettingSources(options: options) { environment[$0] }.read())
    }

    static let origins =
        "origins as browsers name them, such as https://chat.example.org, http://xn--mnchen-3ya.example:8080 or capacitor://localhost, separated by commas, or * alone"
    static let users = "a user of this machine, by name or number; a reload finds only names in /etc/passwd"
    static let hosts =
        "hosts as browsers name them, such as chat.example.org, 192.0.2.7:8080 or xn--mnchen-3ya.example, separated by commas"

    @Test func optionsWinOverTheEnvironment() throws {
        let environment = ["CHATRELAY_RATE": "7", "CHATRELAY_MAX_CONNECTIONS": "99"]
        let configuration = try read(["rate": "3"], environment)
        #expect(configuration.chat.rate == 3)
        #expect(configuration.transport.maxConnections == 99)
        #expect(configuration.chat.burst == 50)
    }

    @Test(arguments: [
        ("listen", "relative/path", "an absolute path of at most 107 bytes"),
        ("ledger", "here", "an absolute path"),
        ("durability", "none", "process or power"),
        ("max-connections", "0", "a whole number from 1 to 1000000"),
        ("address-connections", "-1", "a whole number from 0 to 1000000 (connections; 0: no limit)"),
        ("user-connections", "many", "a whole number from 0 to 1000000 (connections; 0: no limit)"),
        ("proxy-user", "no such user", ConfigurationTests.users),
        ("proxy-user", "", ConfigurationTests.users),
        ("ping-interval", "1.5", "a whole number from 1 to 3600 (seconds)"),
        ("rooms", "lobby,,x", "1 to 64 room names (a-z 0-9 -, at most 32 bytes each), separated by commas"),
        ("rooms", "lobby,lobby", "1 to 64 room names (a-z 0-9 -, at most 32 bytes each), separated by commas"),
        ("rooms", "Lobby", "1 to 64 room names (a-z 0-9 -, at most 32 bytes each), separated by commas"),
        ("room-creation", "yes", "on or off"),
        ("allow-origin", "https://a/b", ConfigurationTests.origins),
        ("allow-origin", "https://*.h", ConfigurationTests.origins),
        ("allow-origin", "https://münchen.example", ConfigurationTests.origins),
        ("allow-origin", "https://a,", ConfigurationTests.origins),
        ("allow-origin", "https://a,*", ConfigurationTests.origins),
        ("hosts", "https://a", ConfigurationTests.hosts), ("hosts", "*.example.org", ConfigurationTests.hosts),
        ("hosts", "a, b", ConfigurationTests.hosts),
        ("identity", "password", "token, proxy or signed"), ("token-key", "key", "an absolute path"),
        ("keep-days", "-1", "a whole number from 0 to 36500 (days; 0: for ever)"),
        ("name-days", "0", "a whole number from 1 to 3650 (days)"),
        ("edit-minutes", "-1", "a whole number from 0 to 5256000 (minutes; 0: never)"),
        ("here-mentions", "yes", "on or off"), ("room-topics", "no", "on or off"),
        ("last-seen", "no", "on or off"),
        ("grace", "301", "a whole number from 0 to 300 (seconds)"),
        ("outbox-bytes", "131071", "a whole number from 131072 to 1073741824 (bytes)"),
        ("idle-timeout", "30", "at least twice --ping-interval, so at least 50"),
    ])
    func aWrongValueNamesItsSourceAndWhatIsAllowed(name: String, value: String, allowed: String) throws {
        #expect(throws: ConfigurationError(source: "--\(name)", value: value, allowed: allowed)) {
            try read([name: value])
        }
    }

    @Test func theQueueHoldsOneOfTheLongestTextsOfEachRoom() throws {
        let error = ConfigurationError(
            source: "--outbox-bytes", value: "262144", allowed: "at least 16 times --text-bytes, so at least 524288")
        #expect(throws: error) { try read(["text-bytes": "32768"]) }
        _ = try read(["text-bytes": "32768", "outbox-bytes": "524288"])
    }

    @Test func aWrongVariableIsNamedAsSuch() throws {
        let error = #expect(throws: ConfigurationError.self) { try read([:], ["CHATRELAY_BURST": "many"]) }
        let sentence = "CHATRELAY_BURST: “many” is not allowed; allowed is a whole number from 1 to 1000000 (commands)."
        #expect(error?.description == sentence)
    }

    @Test func settingsHaveTheirPlaces() throws {
        let configuration = try read([
            "listen": "/run/x", "ledger": "/var/l", "durability": "power", "max-connections": "5",
            "handshake-timeout": "6", "ping-interval": "7",
            "keep-days": "1", "keep-messages": "2", "keep-megabytes": "3", "identity": "proxy", "control": "/run/c",
            "exit-idle-after": "9", "name-days": "4",
            "grace": "5", "idle-timeout": "80", "outbox-bytes": "190000", "rooms": "a,b", "room-creation": "off",
            "edit-minutes": "7", "here-mentions": "off", "room-topics": "off", "last-seen": "off",
            "text-bytes": "11", "address-connections": "0", "user-connections": "14", "proxy-user": "root",
            "rate": "12", "burst": "13", "compression": "on", "allow-origin": "https://Chat.example.org:443",
            "hosts": "a.example,b.example:8443",
        ])
        var expected = Configuration()
        expected.listen = "/run/x"
        expected.control = "/run/c"
        expected.exitIdleAfter = 9_000
        expected.ledger = LedgerSettings(
            path: "/var/l", durability: .power, keepDays: 1, keepMessages: 2, keepMegabytes: 3)
        expected.chat.identity = .proxy
        expected.transport.isAuthenticatedByProxy = true
        expected.chat.nameDays = 4
        expected.chat.graceSeconds = 5
        (expected.chat.editMinutes, expected.chat.hereMentions, expected.chat.roomTopics) = (7, false, false)
        expected.chat.lastSeen = false
        expected.transport.maxConnections = 5
        expected.transport.addressConnections = 0
        expected.chat.userConnections = 14
        expected.transport.proxyUser = 0
        expected.transport.handshakeTimeout = 6_000
        expected.transport.pingInterval = 7_000
        expected.transport.idleTimeout = 80_000
        expected.transport.outboxBytes = 190_000
        expected.chat.rooms = ["a", "b"]
        expected.chat.roomCreation = false
        expected.chat.textBytes = 11
        expected.chat.rate = 12
        expected.chat.burst = 13
        expected.transport.compression = true
        expected.transport.origins.allowed = [try #require(Origin("https://chat.example.org"))]
        expected.transport.origins.hosts = [
            try #require(Authority("a.example")), try #require(Authority("b.example:8443")),
        ]
        #expect(configuration == expected)
    }

    @Test(arguments: [
        (["hosts": "a.example"], []), ([:], ["hosts"]), (["allow-origin": "https://a"], ["hosts"]),
        (["allow-origin": "*"], ["allow-origin"]), (["ping-interval": "89", "idle-timeout": "180", "hosts": "a"], []),
        (["ping-interval": "90", "idle-timeout": "180"], ["ping-interval", "hosts"]),
    ])
    func whatNeedsALookIsSaid(options: [String: String], settings: [String]) throws {
        let remarks = try read(options).remarks { "--\($0)" }
        #expect(remarks.map(\.setting) == settings)
        #expect(remarks.allSatisfy { $0.sentence.hasPrefix("--\($0.setting)") && $0.sentence.hasSuffix(".") })
    }
}
