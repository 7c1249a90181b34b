import HTTP
import Testing

@testable import WebSocket

@Suite struct UpgradeRequestTests {
    private func parse(_ text: String) throws(HTTPError) -> UpgradeRequest? {
        var parser = RequestParser()
        guard let (request, _) = try parser.receive(Array(text.utf8).span) else { return nil }
        try UpgradeRequest.check(request.head, path: "/ws", origins: OriginPolicy())
        return try UpgradeRequest(request.head)
    }

    private func answer(_ text: String) throws -> String {
        let request = try #require(try parse(text))
        let bytes = try request.accept(subprotocol: "chatrelay.v1").response
        return String(decoding: bytes, as: UTF8.self)
    }

    private func status(_ text: String) -> Int? {
        do {
            _ = try answer(text)
            return 101
        } catch let error as HTTPError {
            return error.status
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

    @Test(arguments: [
        ("POST /ws HTTP/1.1", 405), ("GET /ws HTTP/1.0", 426), ("GET /ws HTTP/2", 400), ("GET  /ws HTTP/1.1", 400),
        ("GET /ws", 400), ("G(T /ws HTTP/1.1", 400), ("GET / HTTP/1.1", 404), ("GET /ws/x HTTP/1.1", 404),
        ("GET /ws?x=1 HTTP/1.1", 101), ("GET ws HTTP/1.1", 400), ("GET * HTTP/1.1", 400), ("OPTIONS * HTTP/1.1", 404),
        ("OPTIONS *? HTTP/1.1", 400),
        ("GET /ws#x HTTP/1.1", 400),
        ("GET /w\u{e9} HTTP/1.1", 400), ("GET \t/ws HTTP/1.1", 400), ("GET ftp://a/ws HTTP/1.1", 400),
        ("get /ws HTTP/1.1", 405),
        ("GET /WS HTTP/1.1", 404), ("GET /w\u{1}s HTTP/1.1", 400), ("", 400),
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
            (nil, "X: a\nb: c", 400), (nil, "X: a\u{7f}", 400), (nil, ": y", 400), (nil, "\tfolded: x", 400),
            (nil, "Content-Length: 0, 4", 400), (nil, "Sec-WebSocket-Version: 13", 426),
            ("Upgrade", "Upgrade: h2c, WebSocket", 101), ("Upgrade", "Upgrade: websocket2", 426),
            ("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQo=", 400),
            ("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhb-BsZSBub25jZQ==", 400),
            ("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ", 400),
            ("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNh bXBsZSBub25jZQ==", 400),
            (nil, "Origin: https://a\r\nOrigin: https://b", 400), (nil, "Origin: https://evil.example", 403),
            (nil, "Origin: https://chat.example.org", 101),
        ] as [(String?, String?, Int)])
    func headers(without: String?, with more: String?, expected: Int) {
        #expect(status(head(without: without, more.map { [$0] } ?? [])) == expected)
    }

    @Test func subprotocolsMayStandInSeveralHeaders() throws {
        let more = ["Sec-WebSocket-Protocol: a,, b", "Sec-WebSocket-Protocol: chatrelay.v1"]
        #expect(try parse(head(more))?.subprotocols == ["a", "b", "chatrelay.v1"])
        #expect(try answer(head(more)).contains("\r\nSec-WebSocket-Protocol: chatrelay.v1\r\n"))
    }
}
