import Testing

@testable import WebSocket

@Suite struct HTTPResponseTests {
    @Test func aPageIsWholeAndItsHeadSaysTheSame() {
        let response = HTTPResponse(200, type: "text/x", body: Array("ä".utf8))
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 2\r\nCache-Control: no-store\r\n"
            + "Connection: close\r\n\r\n"
        #expect(response.bytes() == Array("\(head)ä".utf8))
        #expect(response.bytes(toHead: true) == Array(head.utf8))
    }
}

@Suite struct RequestHeadTests {
    private func parse(_ text: String) throws -> RequestHead {
        var parser = UpgradeParser()
        return try #require(try parser.receive(Array(text.utf8).span)).head
    }

    @Test(arguments: ["GET", "HEAD", "POST", "get"]) func aPlainRequestIsOneToo(method: String) throws {
        let request = try parse(
            "\(method) /metrics?a=b HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n")
        #expect(request.method == method && request.path == "/metrics" && request.host == "localhost")
        #expect(throws: UpgradeRefusal.self) { try UpgradeRequest(request) }
    }

    /// Else the body would be taken for what comes next.
    @Test(arguments: ["Content-Length: 1", "Transfer-Encoding: chunked"]) func noRequestHasABody(header: String) {
        #expect(throws: UpgradeRefusal.self) { try parse("GET /metrics HTTP/1.1\r\nHost: a\r\n\(header)\r\n\r\n") }
    }
}
