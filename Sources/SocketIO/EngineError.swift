// Why a request of Engine.IO is refused. The codes and texts are those of the reference implementation
// (packages/engine.io/lib/server.ts), because clients look at them.

package import HTTP

package struct EngineError: Error, Equatable, Sendable {
    /// Clients get it as `code`.
    package let code: Int
    /// The HTTP status code.
    package let status: Int
    /// Clients get it as `message`; plain ASCII without quotes.
    package let message: String

    private init(_ code: Int, _ message: String, status: Int = 400) {
        self.code = code
        self.status = status
        self.message = message
    }

    package static let unknownTransport = EngineError(0, "Transport unknown")
    package static let unknownSession = EngineError(1, "Session ID unknown")
    package static let badHandshakeMethod = EngineError(2, "Bad handshake method")
    package static let badRequest = EngineError(3, "Bad request")
    package static let forbidden = EngineError(4, "Forbidden", status: 403)
    package static let unsupportedVersion = EngineError(5, "Unsupported protocol version")
    /// A packet that the protocol does not know. The session ends.
    package static let malformed = EngineError(3, "Bad packet")
    /// The server has as many sessions as it may have.
    package static let full = EngineError(3, "All connections are in use. Try again later.", status: 503)

    package var response: HTTPResponse {
        HTTPResponse(
            status, type: "application/json", body: Array(#"{"code":\#(code),"message":"\#(message)"}"#.utf8))
    }
}
