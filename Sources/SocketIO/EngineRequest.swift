// What a request to the path of Engine.IO asks for, from its method and its query alone.

package import HTTP

package enum EngineTransport: String, Sendable { case polling, websocket }

package struct EngineRequest: Equatable, Sendable {
    package let transport: EngineTransport
    /// The session; nil for a new one.
    package let sid: String?
    package let isPost: Bool

    /// Checks what needs no knowledge of sessions, in the reference implementation's order.
    /// - Parameters:
    ///   - isKnown: whether there is a session with this sid.
    ///   - isUpgrade: whether the request has `Upgrade: websocket`.
    package init(_ head: RequestHead, isUpgrade: Bool, isKnown: (String) -> Bool) throws(EngineError) {
        guard let query = try? QueryParameters(head.query ?? "") else { throw .badRequest }
        guard let transport = query["transport"].flatMap(EngineTransport.init) else { throw .unknownTransport }
        self.transport = transport
        isPost = head.method == "POST"
        // An empty sid is none, as in the reference implementation.
        sid = query["sid"].flatMap { $0.isEmpty ? nil : $0 }
        if let sid {
            guard isKnown(sid) else { throw .unknownSession }
            guard isPost || head.method == "GET", (transport == .websocket) == isUpgrade else { throw .badRequest }
        } else {
            guard head.method == "GET" else { throw .badHandshakeMethod }
            guard (transport == .websocket) == isUpgrade else { throw .badRequest }
            guard query["EIO"] == "4" else { throw .unsupportedVersion }
        }
    }
}
