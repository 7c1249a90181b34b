import Testing

@testable import HTTP

@Suite struct HTTPErrorTests {
    @Test(
        arguments: [
            (.badRequest("A reason: “this”."), 400, "Bad Request", nil), (HTTPError(403, "No."), 403, "Forbidden", nil),
            (HTTPError(404, "No."), 404, "Not Found", nil),
            (.methodNotAllowed("No.", allow: "GET"), 405, "Method Not Allowed", "Allow: GET"),
            (HTTPError(408, "No."), 408, "Request Timeout", nil),
            (.bodyTooLarge(limit: 9), 413, "Content Too Large", nil),
            (
                HTTPError(426, "No.", headers: ["Upgrade: websocket", "X: y"]), 426, "Upgrade Required",
                "Upgrade: websocket\r\nX: y"
            ),
            (.headTooLarge, 431, "Request Header Fields Too Large", nil),
            (HTTPError(503, "No."), 503, "Service Unavailable", nil),
        ] as [(HTTPError, Int, String, String?)])
    func theResponseIsWhole(error: HTTPError, status: Int, phrase: String, more: String?) {
        #expect(error.status == status && error.reason.hasSuffix(".") && !error.reason.contains("\n"))
        let lines = [
            "HTTP/1.1 \(status) \(phrase)", "Content-Type: text/plain; charset=utf-8",
            "Content-Length: \(error.reason.utf8.count + 1)", "Cache-Control: no-store", "Connection: close",
        ]
        let head = (lines + [more].compactMap(\.self)).joined(separator: "\r\n")
        #expect(String(decoding: error.response.bytes(), as: UTF8.self) == "\(head)\r\n\r\n\(error.reason)\n")
    }
}
