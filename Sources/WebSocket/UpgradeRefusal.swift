// Why an upgrade request is refused, and how that is said. RFC 9110 §15.

package struct UpgradeRefusal: Error, Equatable, Sendable {
    /// The HTTP status code.
    package let status: Int
    /// One sentence, the body of the answer.
    package let reason: String
    private var headers: [String] = []

    private init(_ status: Int, _ reason: String, headers: [String] = []) {
        self.status = status
        self.reason = reason
        self.headers = headers
    }

    static func badRequest(_ reason: String) -> UpgradeRefusal { UpgradeRefusal(400, reason) }
    static func forbidden(_ reason: String) -> UpgradeRefusal { UpgradeRefusal(403, reason) }
    /// - Parameter path: where the WebSocket is.
    static func notFound(_ path: String) -> UpgradeRefusal {
        UpgradeRefusal(404, "There is nothing here; the WebSocket is at \(path).")
    }
    // RFC 9110 §15.5.6: a 405 names what is allowed.
    static let notGet = UpgradeRefusal(405, "A WebSocket begins with GET.", headers: ["Allow: GET"])
    // RFC 9110 §15.5.22: a 426 names what to upgrade to; RFC 6455 §4.4: and the version that is spoken.
    static func upgradeRequired(_ reason: String) -> UpgradeRefusal {
        UpgradeRefusal(426, reason, headers: ["Upgrade: websocket", "Sec-WebSocket-Version: 13"])
    }
    static let headTooLarge = UpgradeRefusal(
        431, "The request head is too large; \(Limits.headBytes) bytes and \(Limits.headers) lines are allowed.")

    /// The proxy in front did not say who it is.
    /// - Parameter header: in which it should.
    package static func noUser(_ header: String) -> UpgradeRefusal {
        .forbidden("The proxy names no user: it must set \(header) to a name.")
    }
    /// Whoever connected to the socket may not.
    package static let notTheProxy = UpgradeRefusal(403, "Only the proxy may connect here.")
    /// All connections are in use.
    package static let serverFull = UpgradeRefusal(503, "All connections are in use. Try again later.")
    /// The request did not end in time.
    package static let handshakeTimeout = UpgradeRefusal(408, "The request did not end in time.")

    /// The whole HTTP response.
    package var response: [UInt8] { HTTPResponse(status, reason, headers: headers).bytes() }
}
