import Testing

@testable import HTTP

@Suite struct OriginPolicyTests {
    /// The status of the refusal, or nil.
    private func status(_ text: String, _ allowed: [String] = []) throws -> Int? {
        do {
            try OriginPolicy(allowed: allowed).check(parse(text))
            return nil
        } catch let error as HTTPError {
            return error.status
        }
    }

    @Test(arguments: [
        ("https://chat.example.org", nil), ("http://chat.example.org", nil), ("https://CHAT.example.org:443", nil),
        ("http://chat.example.org:80", nil), ("https://chat.example.org:8443", 403), ("https://evil.example", 403),
        ("https://chat.example.org.evil.example", 403), ("https://user@chat.example.org", 403),
        ("https://evil.example/https://chat.example.org", 403), ("https://chat.example.org/", 403),
        ("https://chat.example.org.", 403), ("chat.example.org", 403), ("ws://chat.example.org", 403),
        ("https://chat.example.org:80", 403), ("https://evilchat.example.org", 403), ("https://", 403),
        ("null", 403), ("https://friend.example", nil), ("", 403),
    ])
    func origins(origin: String, expected: Int?) throws {
        #expect(try status(head(["Origin: \(origin)"]), ["https://friend.example"]) == expected)
        #expect(try status(head(["Origin: \(origin)"]), ["*"]) == nil)
    }

    /// A page that came without TLS to a site that has it.
    @Test(arguments: [
        ("http://chat.example.org", "https", 403), ("https://chat.example.org", "https", nil),
        ("http://chat.example.org", "http", nil), ("https://chat.example.org", "http", nil),
        ("http://friend.example", "HTTPS", nil),
    ])
    func theProxysSchemeCounts(origin: String, scheme: String, expected: Int?) throws {
        let head = head(["Origin: \(origin)", "X-Forwarded-Proto: \(scheme)"])
        #expect(try status(head, ["http://friend.example"]) == expected)
    }

    @Test func aClientWithoutAnOriginIsNoBrowserAndTwoAreNoRequest() throws {
        #expect(try status(head()) == nil)
        #expect(try status(head(["Origin: https://a", "Origin: https://b"]), ["*"]) == 400)
    }

    @Test(arguments: [
        ("https://chat.example.org", true), ("http://a:8080", true), ("https://", false), ("ftp://a", false),
        ("https://a/", false),
        ("https://u@a", false), ("https://a?", false), ("https://a b", false), ("a", false),
    ])
    func whatAnOriginIs(_ text: String, _ isOrigin: Bool) { #expect(OriginPolicy.isOrigin(text) == isOrigin) }
}
