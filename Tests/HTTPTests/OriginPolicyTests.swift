import Testing

@testable import HTTP

@Suite struct OriginPolicyTests {
    /// The refusal, or nil.
    private func refusal(
        _ text: String, _ allowed: [String] = [], hosts: [String] = [], allowsAll: Bool = false
    ) throws -> HTTPError? {
        let origins = try allowed.map { try #require(Origin($0)) }
        let hosts = try hosts.map { try #require(Authority($0)) }
        do {
            try OriginPolicy(allowed: Set(origins), allowsAll: allowsAll, hosts: Set(hosts)).check(parse(text))
            return nil
        } catch let error as HTTPError {
            return error
        }
    }

    @Test(arguments: [
        ("https://chat.example.org", nil), ("http://chat.example.org", nil), ("https://CHAT.example.org:443", nil),
        ("http://chat.example.org:80", nil), ("https://chat.example.org:8443", 403), ("https://evil.example", 403),
        ("https://chat.example.org.evil.example", 403), ("https://user@chat.example.org", 403),
        ("https://evil.example/https://chat.example.org", 403), ("https://chat.example.org/", 403),
        ("https://chat.example.org.", 403), ("chat.example.org", 403), ("ws://chat.example.org", 403),
        ("https://chat.example.org:80", 403), ("https://evilchat.example.org", 403), ("https://", 403),
        ("null", 403), ("https://friend.example", nil), ("", 403), ("capacitor://chat.example.org", 403),
        ("capacitor://localhost", nil), ("ionic://localhost", 403), ("https://friend.example:443", nil),
    ])
    func origins(origin: String, expected: Int?) throws {
        let allowed = ["https://friend.example:443", "capacitor://localhost"]
        #expect(try refusal(head(["Origin: \(origin)"]), allowed)?.status == expected)
        #expect(try refusal(head(["Origin: \(origin)"]), allowsAll: true) == nil)
    }

    /// Both ends of a rebound name are the attacker's, and both of a proxy that rewrites Host are the administrator's.
    @Test(arguments: [
        ("attacker.example", "http://attacker.example", 403), ("127.0.0.1:3000", "https://chat.example.org", nil),
        ("127.0.0.1:3000", "http://CHAT.example.org", nil), ("127.0.0.1:3000", "http://127.0.0.1:3000", 403),
        ("inner", "https://chat.example.org:8443", 403), ("inner", "https://chat.example.org:8080", nil),
        ("inner", "https://[2001:db8::1]", nil), ("inner", "capacitor://chat.example.org", 403),
    ])
    func onlyPagesOfTheSitesOwnHostsMayConnect(host: String, origin: String, expected: Int?) throws {
        let hosts = ["Chat.example.org", "chat.example.org:8080", "[2001:DB8:0::1]"]
        let head = "GET /ws HTTP/1.1\r\nHost: \(host)\r\nOrigin: \(origin)\r\n\r\n"
        #expect(try refusal(head, hosts: hosts)?.status == expected)
        #expect(try refusal("GET /ws HTTP/1.1\r\nHost: \(host)\r\n\r\n", hosts: hosts) == nil, "no browser")
    }

    @Test func theRefusalNamesOriginAndHost() throws {
        let reason = try refusal("GET /ws HTTP/1.1\r\nHost: inner:3000\r\nOrigin: https://chat.example.org\r\n\r\n")?
            .reason
        #expect(reason?.hasPrefix("Pages of “https://chat.example.org” may not connect to “inner:3000”: ") == true)
        let long = try refusal(head(["Origin: https://\u{e9}\(String(repeating: "x", count: 1000)) y"]))?.reason
        let shown = "“https://?" + String(repeating: "x", count: HTTPLimits.shownCharacters - 9) + "…”"
        #expect(long?.hasPrefix("Pages of \(shown) may") == true)
    }

    /// A page that came without TLS to a site that has it.
    @Test(arguments: [
        ("http://chat.example.org", "https", 403), ("https://chat.example.org", "https", nil),
        ("http://chat.example.org", "http", nil), ("https://chat.example.org", "http", nil),
        ("http://friend.example", "HTTPS", nil),
    ])
    func theProxysSchemeCounts(origin: String, scheme: String, expected: Int?) throws {
        let head = head(["Origin: \(origin)", "X-Forwarded-Proto: \(scheme)"])
        #expect(try refusal(head, ["http://friend.example"])?.status == expected)
        #expect(try refusal(head, ["http://friend.example"], hosts: ["chat.example.org"])?.status == expected)
    }

    @Test func aClientWithoutAnOriginIsNoBrowserAndTwoAreNoRequest() throws {
        #expect(try refusal(head()) == nil)
        #expect(try refusal(head(["Origin: https://a", "Origin: https://b"]))?.status == 400)
    }
}

@Suite struct OriginTests {
    /// Of two spellings a browser sends the second.
    @Test(arguments: [
        ("https://chat.example.org", "https://chat.example.org"), ("http://a:8080", "http://a:8080"),
        ("HTTPS://H:443", "https://h"), ("http://h:80", "http://h"), ("http://h:0080", "http://h"),
        ("https://[2001:DB8:0:0::1]:443", "https://[2001:db8::1]"), ("http://192.0.2.7:81", "http://192.0.2.7:81"),
        ("capacitor://localhost", "capacitor://localhost"), ("tauri://localhost", "tauri://localhost"),
        ("moz-extension://0a1b-2c", "moz-extension://0a1b-2c"),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
        ("https://a_b.example.", "https://a_b.example."), ("https://3com", "https://3com"),
    ])
    func whatABrowserSendsIsUnderstood(_ text: String, _ sent: String) {
        #expect(Origin(text) != nil && Origin(text) == Origin(sent))
    }

    /// What no browser sends would be accepted, and never match.
    @Test(arguments: [
        "https://", "https://a/", "https://u@a", "https://a?", "https://a b", "a", "https://*.h", "*", "https://h:",
        "https://h:0", "https://h:65536", "https://h:+1", "https://h:1:2", "https://m\u{fc}nchen.example",
        "https://a..b",
        "https://.a", "https://.", "https://[::1", "https://::1", "https://[::1]x", "https://[1.2.3.4]",
        "https://[::ffff:1.2.3.4]",
        "https://1.2.3", "https://01.2.3.4", "https://1.2.3.256", "https://a.0x7f", "https://h%41", "wss://h", "ws://h",
        "file://h",
        "null", "data:x", "about://blank", "://h", "1a://h", "https:/h", "https://a,b",
    ])
    func whatNoBrowserSendsIsRefused(_ text: String) { #expect(Origin(text) == nil) }
}
