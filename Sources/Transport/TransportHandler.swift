package import Chat
package import HTTP
package import Linux
package import Primitives

/// What the transport tells the daemon. The transport calls it outside of its own changes, so that each call may send.
package protocol TransportHandler: AnyObject {
    /// A WebSocket was opened.
    /// - Parameters:
    ///   - authenticatedName: the user whom the proxy names, where that is asked for.
    ///   - address: the client's; nil where the proxy does not name it.
    ///   - token: that of a new user; nil for a random one.
    func opened(
        _ session: SessionID, authenticatedName: String?, address: IPAddress?, token: String?, at now: Moment)
    /// A whole text message, valid UTF-8.
    func received(_ session: SessionID, _ text: [UInt8], at now: Moment)
    /// An open WebSocket has ended, or is closing. Not called where `Transport.close` has closed it.
    func closed(_ session: SessionID, at now: Moment)
    /// What `Transport.awaitDrain` asked for.
    func drained(_ session: SessionID, at now: Moment)
    /// A request that may be no WebSocket's.
    /// - Returns: the response, or nil to have it treated as the opening handshake of a WebSocket.
    func response(to request: RequestHead) -> HTTPResponse?
    /// A request of a program, whose Origin is allowed; to be answered by `SocketTransport.respond` or `beginStream`.
    /// - Parameters:
    ///   - authenticatedName: the user whom the proxy names, where that is asked for.
    ///   - address: the client's; nil where the proxy does not name it.
    func apiRequest(
        _ request: HTTPRequest, from session: SessionID, authenticatedName: String?, address: IPAddress?,
        at now: Moment)
    /// A request on the control socket, without its line feed; to be answered by `SocketTransport.answer`.
    /// - Parameter user: the user id at the other end, where the kernel knows it.
    func controlRequest(_ line: [UInt8], from session: SessionID, user: UInt32?, at now: Moment)
    /// Something for the journal.
    func report(_ event: TransportEvent)
}

/// What an administrator may read about connections.
package enum TransportEvent {
    case refused(Connection, HTTPError)
    /// - code: of the close frame that ended it; nil where there was none. now: monotonic, in milliseconds.
    case disconnected(Connection, code: UInt16?, at: Int64)
    /// The client broke RFC 6455 or RFC 7692.
    case protocolError(Connection, code: UInt16, reason: String)
    /// - ofClient: the bytes in all outboxes of its client, where these are too many.
    case slowReader(Connection, bytes: Int, ofClient: Int?)
    case idle(Connection)
    /// As many WebSockets as one client may have.
    case clientLimit(Connection, count: Int)
    /// A request that was not complete was dropped for a newer one.
    case handshakeLimit(Connection, limit: Int)
    /// As many WebSockets as there may be.
    case connectionLimit(Int)
    case notTheProxy(user: UInt32?)
    /// The process has no descriptor for a new connection.
    case descriptorLimit(SystemError)
    /// A connection would not outlive a crash.
    case notStashed(SystemError)
}

/// What the transport counts, from the start of the process.
package struct TransportFigures {
    /// Responses to requests for a WebSocket, by HTTP status; 101 is an accepted one.
    package var upgrades: [Int: UInt64] = [:]
    /// Responses to requests of programs (/api/), by HTTP status; a stream of events is 200.
    package var responses: [Int: UInt64] = [:]
    /// WebSockets that ended, by the code of the first close frame, or "none", or "other".
    package var closings: [String: UInt64] = [:]
    package var slowReaders: UInt64 = 0
    package var bytesRead: UInt64 = 0
    /// Connections that were closed, of all kinds.
    package var disconnections: UInt64 = 0
}
