import Testing

@testable import WebSocket

@Suite struct UpgradeTests {
    private static let good = [
        "Host: chat.example.org", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ]

    private func head(_ line: String = "GET /ws HTTP/1.1", without: String? = nil, _ more: [String] = []) -> String {
        let kept = Self.good.filter { line in without.map { !line.hasPrefix($0) } ?? true }
        return ([line] + kept + more + ["", ""]).joined(separator: "\r\n")
    }

    private func parse(_ text: String) throws(UpgradeRefusal) -> UpgradeRequest? {
        var parser = UpgradeParser()
        return try parser.receive(Array(text.utf8).span)?.request
    }

    private func answer(_ text: String, origins: [String] = []) throws -> String {
        let request = try #require(try parse(text))
        let bytes = try request.accept(path: "/ws", subprotocol: "chatrelay.v1", allowedOrigins: origins)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func status(_ text: String, origins: [String] = []) -> Int? {
        do {
            _ = try answer(text, origins: origins)
            return 101
        } catch let refusal as UpgradeRefusal {
            let response = String(decoding: refusal.response, as: UTF8.self)
            #expect(response.hasPrefix("HTTP/1.1 \(refusal.status) "))
            #expect(response.hasSuffix("\r\n\r\n\(refusal.reason)\n"))
            #expect(response.contains("\r\nContent-Length: \(refusal.reason.utf8.count + 1)\r\n"))
            #expect(!refusal.reason.contains("\n") && refusal.reason.hasSuffix("."))
            return refusal.status
        } catch {
            return nil
        }
    }

    // RFC 6455 §1.3.
    @Test func theKeyOfTheRFCHasTheAnswerOfTheRFC() throws {
        let answer = try answer(head())
        #expect(answer.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(answer.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
        #expect(!answer.contains("Sec-WebSocket-Protocol"))
    }

    @Test func theSubprotocolIsChosenAndExtensionsAreDeclined() throws {
        let more = ["Sec-WebSocket-Protocol: x, chatrelay.v1", "Sec-WebSocket-Extensions: permessage-deflate"]
        let answer = try answer(head(more))
        #expect(answer.contains("\r\nSec-WebSocket-Protocol: chatrelay.v1\r\n"))
        #expect(!answer.contains("Extensions"))
        #expect(status(head(["Sec-WebSocket-Protocol: x, y"])) == 400)
    }

    private func head(_ more: [String]) -> String { head("GET /ws HTTP/1.1", more) }

    @Test(arguments: [
        ("POST /ws HTTP/1.1", 405), ("GET /ws HTTP/1.0", 400), ("GET /ws HTTP/2", 400), ("GET  /ws HTTP/1.1", 400),
        ("GET /ws", 400), ("G(T /ws HTTP/1.1", 400), ("GET / HTTP/1.1", 404), ("GET /ws/x HTTP/1.1", 404),
        ("GET /ws?x=1 HTTP/1.1", 101), ("GET /w\u{1}s HTTP/1.1", 400), ("", 400),
    ])
    func requestLines(line: String, expected: Int) { #expect(status(head(line)) == expected) }

    @Test(
        arguments: [
            ("Host", nil, 400), ("Host", "Host: ", 400), (nil, "Host: b.example.org", 400), ("Upgrade", nil, 426),
            ("Upgrade", "Upgrade: h2c", 426), ("Connection", nil, 426), ("Connection", "Connection: close", 426),
            ("Connection", "connection:\tUPGRADE ", 101), ("Sec-WebSocket-Version", nil, 426),
            ("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8", 426), ("Sec-WebSocket-Key", nil, 400),
            ("Sec-WebSocket-Key", "Sec-WebSocket-Key: c2hvcnQ=", 400),
            ("Sec-WebSocket-Key", "Sec-WebSocket-Key: !", 400),
            (nil, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 400), (nil, "Content-Length: 4", 400),
            (nil, "Transfer-Encoding: chunked", 400), (nil, "Content-Length: 0", 101), (nil, "X : y", 400),
            (nil, "X", 400), (nil, " folded", 400), (nil, "X: a\u{0}b", 400), (nil, "X: a\rb", 400),
            (nil, "X: a\nb: c", 400),
            (nil, "Origin: https://a\r\nOrigin: https://b", 400),
        ] as [(String?, String?, Int)])
    func headers(without: String?, with more: String?, expected: Int) {
        #expect(status(head(without: without, more.map { [$0] } ?? [])) == expected)
    }

    @Test(arguments: [
        ("https://chat.example.org", 101), ("http://chat.example.org", 101), ("https://CHAT.example.org:443", 101),
        ("http://chat.example.org:80", 101), ("https://chat.example.org:8443", 403), ("https://evil.example", 403),
        ("https://chat.example.org.evil.example", 403), ("null", 403), ("https://friend.example", 101), ("", 403),
    ])
    func origins(origin: String, expected: Int) {
        #expect(status(head(["Origin: \(origin)"]), origins: ["https://friend.example"]) == expected)
        #expect(status(head(["Origin: \(origin)"]), origins: ["*"]) == 101)
    }

    @Test func aHeadIsBounded() {
        #expect(status(head(["X: " + String(repeating: "x", count: 7_000)])) == 101)
        #expect(status(head(["X: " + String(repeating: "x", count: 8_192)])) == 431)
        #expect(status(head((0..<96).map { "X\($0): y" })) == 431)
        #expect(status(head((0..<95).map { "X\($0): y" })) == 101)
    }

    @Test func aHeadMayComeByteByByteAndWhatFollowsIsLeft() throws {
        let bytes = Array(head(["X-Real-IP: 192.0.2.7"]).utf8)
        var parser = UpgradeParser()
        for index in 0..<bytes.count - 1 {
            let early = try parser.receive(bytes.span.extracting(index..<index + 1))
            #expect(early == nil)
        }
        let last = [bytes[bytes.count - 1], 0x81, 0x80]
        let (request, consumed) = try #require(try parser.receive(last.span))
        #expect(consumed == 1)
        #expect(request.header("x-real-ip") == "192.0.2.7" && request.header("X-Remote-User") == nil)
        #expect(request.path == "/ws" && request.host == "chat.example.org" && request.origin == nil)
    }

    @Test func answersNameWhatIsAllowed() {
        #expect(String(decoding: UpgradeRefusal.notGet.response, as: UTF8.self).contains("\r\nAllow: GET\r\n"))
        let upgrade = String(decoding: UpgradeRefusal.upgradeRequired("x.").response, as: UTF8.self)
        #expect(upgrade.contains("\r\nUpgrade: websocket\r\n") && upgrade.contains("\r\nSec-WebSocket-Version: 13\r\n"))
        #expect(UpgradeRefusal.serverFull.status == 503 && UpgradeRefusal.handshakeTimeout.status == 408)
    }
}
