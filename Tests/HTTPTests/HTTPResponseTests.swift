import Testing

@testable import HTTP

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
