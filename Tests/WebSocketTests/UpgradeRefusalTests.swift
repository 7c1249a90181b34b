import Testing

@testable import WebSocket

@Suite struct UpgradeRefusalTests {
    @Test(
        arguments: [
            (.badRequest("A reason: “this”."), 400, "Bad Request", nil), (.forbidden("No."), 403, "Forbidden", nil),
            (.notFound("/ws"), 404, "Not Found", nil), (.notGet, 405, "Method Not Allowed", "Allow: GET"),
            (.handshakeTimeout, 408, "Request Timeout", nil),
            (.upgradeRequired("No."), 426, "Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13"),
            (.headTooLarge, 431, "Request Header Fields Too Large", nil),
            (.serverFull, 503, "Service Unavailable", nil),
        ] as [(UpgradeRefusal, Int, String, String?)])
    func theAnswerIsWhole(refusal: UpgradeRefusal, status: Int, phrase: String, more: String?) {
        #expect(refusal.status == status && refusal.reason.hasSuffix(".") && !refusal.reason.contains("\n"))
        let lines = [
            "HTTP/1.1 \(status) \(phrase)", "Content-Type: text/plain; charset=utf-8",
            "Content-Length: \(refusal.reason.utf8.count + 1)", "Cache-Control: no-store", "Connection: close",
        ]
        let head = (lines + [more].compactMap(\.self)).joined(separator: "\r\n")
        #expect(String(decoding: refusal.response, as: UTF8.self) == "\(head)\r\n\r\n\(refusal.reason)\n")
    }
}
