// A connection's first request: a page, the opening handshake of a WebSocket (RFC 6455 §4.2), or one that is refused.

internal import API
internal import Bridge
internal import Chat
internal import HTTP
internal import Handover
internal import Linux
internal import Primitives
internal import WebSocket

extension SocketTransport {
    /// The one path of the WebSocket.
    private static let path = "/ws"
    /// The header in which the proxy names the user.
    private static let userHeader = "X-Remote-User"
    private static let subprotocol = "chatrelay.v1"

    /// Bytes of the request.
    func receiveRequest(
        _ slot: Slot, _ connection: Connection, _ parser: RequestParser, _ bytes: Span<UInt8>, at now: Moment
    ) {
        var parser = parser
        connection.phase = .lingering
        crashRecords?.setPhase(slot, .unrecoverable)
        do throws(HTTPError) {
            guard let (request, consumed) = try parser.receive(bytes) else {
                if let head = parser.wholeHead {
                    connection.address = head.header("X-Real-IP").flatMap(SocketTransport.printableAddress)
                    guard
                        connections.setInput(of: connection, to: parser.received.count)
                            <= TransportLimits.clientInputBytes
                    else { throw HTTPError(503, "Too many unfinished requests from your address.") }
                }
                connection.phase = .handshake(parser)
                return
            }
            _ = connections.setInput(of: connection, to: 0)
            connection.address = request.head.header("X-Real-IP").flatMap(SocketTransport.printableAddress)
            if request.head.path == "\(SocketTransport.socketIOPath)" {
                try receiveSocketIO(slot, connection, request, at: now)
            } else if APICall.isMeant(request.head) {
                try receiveAPI(slot, connection, request, at: now)
            } else if let response = handler?.response(to: request.head) {
                return finish(slot, connection, response.bytes(toHead: request.head.method == "HEAD"), at: now)
            } else {
                try open(slot, connection, request.head, at: now)
            }
            if consumed < bytes.count { receive(slot, bytes.extracting(consumed..<bytes.count), at: now) }
        } catch {
            if let head = parser.wholeHead, APICall.isMeant(head) {
                return respond(slot, connection, Problem.response(error), to: head, at: now)
            }
            refuse(slot, parser.wholeHead.map { readable(error, by: $0) } ?? error, at: now)
        }
    }

    /// The opening handshake.
    private func open(
        _ slot: Slot, _ connection: Connection, _ head: RequestHead, at now: Moment
    ) throws(HTTPError) {
        try checkConnectionLimit()
        // First what a plain request is told, too.
        try UpgradeRequest.check(head, path: SocketTransport.path, origins: settings.origins)
        let name = try authenticatedName(head)
        // What is compressed once for all recipients has the largest window: a client that asks for a smaller one gets no compression.
        let (response, compression) = try UpgradeRequest(head).accept(
            subprotocol: SocketTransport.subprotocol, windows: settings.compression ? 15...15 : nil)
        figures.upgrades[101, default: 0] += 1
        guard !isOverClientLimit(connection) else {
            let reason = CloseReason.tooManyConnections
            return openAndClose(slot, connection, response, code: reason.code, reason.reason, at: now)
        }
        connection.phase = .open(Endpoint(compression: compression != nil))
        poller.set(.compressed, slot, to: compression != nil)
        connections.addWebSocket(connection)
        broadcaster.sendBytes(response, to: slot, in: &poller)
        let session = session(slot)
        opening.append(session)
        let address = connection.address.flatMap { IPAddress($0) }
        if let address { crashRecords?.setAddress(slot, address) }
        if let name { crashRecords?.setAuthenticatedName(slot, name) }
        handler?.opened(session, authenticatedName: name, address: address, token: nil, at: now)
    }

    /// The user whom the proxy names, where that is asked for.
    func authenticatedName(_ head: RequestHead) throws(HTTPError) -> String? {
        guard settings.isAuthenticatedByProxy else { return nil }
        guard let name = head.header(SocketTransport.userHeader), Chat.isName(name) else {
            throw HTTPError(
                403, "The proxy names no user: it must set \(SocketTransport.userHeader) to a name.")
        }
        return name
    }

    func checkConnectionLimit() throws(HTTPError) {
        guard clients < connectionLimit else {
            handler?.report(.connectionLimit(connectionLimit))
            throw HTTPError(503, "All connections are in use. Try again later.", headers: ["Retry-After: 5"])
        }
    }

    /// Whether the connection's client has all the connections that it may have. Reports it.
    func isOverClientLimit(_ connection: Connection) -> Bool {
        let count = clientCount(connection)
        guard count >= clientLimit else { return false }
        handler?.report(.clientLimit(connection, count: count))
        return true
    }

    /// The number of connections and sessions of the connection's client.
    func clientCount(_ connection: Connection) -> Int {
        connections.webSockets(ofClientAt: connection.address)
            + bridge.pollingSessions(of: connection.address.flatMap { IPAddress($0) })
    }

    /// WebSockets that one client may have.
    var clientLimit: Int {
        switch settings.addressConnections {
        case 0: .max
        case let limit?: limit
        // One client can't take all connections from the others; a company behind one address, or a proxy that is not configured
        // to pass addresses on, is no attack.
        case nil: (connectionLimit + 1) / 2
        }
    }

    /// Accepts the WebSocket and closes it. A page can't read an HTTP response to a handshake (RFC 6455 §4.1), and a close code tells
    /// the client when to come back. The chat never hears of the connection.
    func openAndClose(
        _ slot: Slot, _ connection: Connection, _ response: [UInt8], code: UInt16, _ reason: String, at now: Moment
    ) {
        figures.closings[CloseReason.label(code), default: 0] += 1
        connection.phase = .closing(Endpoint())
        let frame = Frame.close(code, reason: reason)
        broadcaster.sendBytes(response + frame, to: slot, in: &poller)
        limitLifetime(slot, connection, at: now)
    }

    /// Answers the request with an error.
    func refuse(_ slot: Slot, _ error: HTTPError, at now: Moment) {
        guard let connection = connections[slot] else { return }
        handler?.report(.refused(connection, error))
        figures.upgrades[error.status, default: 0] += 1
        finish(slot, connection, error.response.bytes(), at: now)
    }

    /// Sends the last bytes of a connection.
    func finish(_ slot: Slot, _ connection: Connection, _ bytes: [UInt8], at now: Moment) {
        if connection.isWaiting { connections.waitingRequests -= 1 }
        broadcaster.sendBytes(bytes, to: slot, in: &poller)
        linger(slot, connection, at: now)
    }

    /// The address goes into the journal: only visible ASCII does.
    private static func printableAddress(_ text: String) -> String? {
        let isVisible = text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        return isVisible && text.utf8.count <= TransportLimits.addressBytes ? text : nil
    }
}
