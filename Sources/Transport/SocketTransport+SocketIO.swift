// Clients of Socket.IO: their requests and WebSockets are the transport's connections, their sessions the bridge's.

internal import Bridge
internal import Chat
internal import HTTP
internal import Handover
internal import Linux
internal import Primitives
internal import SocketIO
internal import WebSocket

extension SocketTransport {
    /// The one path of Engine.IO.
    static let socketIOPath: StaticString = "/socket.io/"

    /// - Parameter ledger: the id of the ledger that sequence numbers belong to. To be called once, before there are connections.
    package func serveSocketIO(ledger: String) {
        bridge = SocketTransport.bridge(settings, ledger: ledger)
        bridge.reserve = { [unowned self] in reserve($0) }
    }

    private func reserve(_ carrier: CarrierID?) -> SessionID {
        if let carrier, let (slot, _) = connection(carrier) { return session(slot) }
        let slot = poller.reserve()
        broadcaster.insert(slot)
        return session(slot)
    }

    static func bridge(_ settings: TransportSettings, ledger: String) -> Bridge {
        let settings = EngineSettings(
            pingInterval: BridgeLimits.pingInterval, pingTimeout: BridgeLimits.pingTimeout,
            maxPayload: WebSocketLimits.messageBytes, queueBytes: settings.outboxBytes,
            keepTimeout: BridgeLimits.connectMilliseconds)
        return Bridge(settings: settings, ledger: ledger, random: SystemRandomNumberGenerator()) { _ in
            preconditionFailure("slots are given out once Socket.IO is served")
        }
    }

    /// The number of a connection for the bridge.
    func carrier(_ slot: Slot) -> CarrierID { UInt64(poller.generation(slot)) << 32 | UInt64(slot) }

    /// The connection with this number, unless it is gone.
    func connection(_ carrier: CarrierID) -> (slot: Slot, connection: Connection)? {
        let slot = Slot(truncatingIfNeeded: carrier)
        guard poller.isOpen(slot), self.carrier(slot) == carrier else { return nil }
        return connections[slot].map { (slot, $0) }
    }

    // MARK: requests

    /// A whole request to the path of Engine.IO.
    func receiveSocketIO(
        _ slot: Slot, _ connection: Connection, _ request: HTTPRequest, at now: Moment
    ) throws(HTTPError) {
        let head = request.head
        connection.isSocketIO = true
        do throws(HTTPError) {
            try settings.origins.check(head)
        } catch {
            handler?.report(.refused(connection, error))
            return respondSocketIO(slot, connection, EngineError.forbidden.response, to: head, at: now)
        }
        if head.method == "OPTIONS" { return respondSocketIO(slot, connection, preflight(head), to: head, at: now) }
        let name = try authenticatedName(head)
        let address = connection.address.flatMap { IPAddress($0) }
        let client = EngineClient(
            head, address: address, authenticatedName: name, newToken: bridge.newToken())
        let isUpgrade = head.elements("upgrade").contains { $0.lowercased() == "websocket" }
        let opensSession = Bridge.opensSession(head)
        if opensSession, clients >= connectionLimit {
            handler?.report(.connectionLimit(connectionLimit))
            return respondSocketIO(slot, connection, EngineError.full.response, to: head, at: now)
        }
        let count = clientCount(connection)
        // The session of an upgrade counts already, and its WebSocket does, too, until it has taken over.
        let isOverLimit = opensSession ? count >= clientLimit : isUpgrade && count / 2 >= clientLimit
        if isOverLimit { handler?.report(.clientLimit(connection, count: count)) }
        guard isUpgrade else {
            guard !isOverLimit else {
                return respondSocketIO(slot, connection, EngineError.full.response, to: head, at: now)
            }
            connection.phase = .waiting(origin: head.header("Origin"))
            connections.waitingRequests += 1
            let carrier = carrier(slot)
            bridged(at: now) { $0.request(carrier, request, from: client, at: now.monotonic, into: &$1) }
            return giveInputs(at: now)
        }
        if let error = bridge.refusal(head) {
            return respondSocketIO(slot, connection, error.response, to: head, at: now)
        }
        let (response, _) = try UpgradeRequest(head).accept(
            subprotocol: nil, headers: client.setCookie.map { [$0] } ?? [])
        figures.upgrades[101, default: 0] += 1
        guard bridge.takesWebSocket(head) else {
            return openAndClose(slot, connection, response, code: CloseCode.normal.rawValue, "", at: now)
        }
        guard !isOverLimit else {
            let reason = CloseReason.tooManyConnections
            return openAndClose(slot, connection, response, code: reason.code, reason.reason, at: now)
        }
        connection.phase = .open(Endpoint())
        connections.addWebSocket(connection)
        broadcaster.sendBytes(response, to: slot, in: &poller)
        let carrier = carrier(slot)
        bridged(at: now) { $0.webSocketOpened(carrier, head, from: client, at: now.monotonic, into: &$1) }
        giveInputs(at: now)
    }

    private func respondSocketIO(
        _ slot: Slot, _ connection: Connection, _ response: HTTPResponse, to head: RequestHead, at now: Moment
    ) {
        figures.upgrades[response.status, default: 0] += 1
        let allowed = response.status == 403 ? nil : head.header("Origin")
        finish(slot, connection, response.adding(corsLines(allowed)).bytes(), at: now)
    }

    /// The header lines with which a page of another site may read the response. (Fetch, “CORS protocol”)
    func corsLines(_ origin: String?) -> [String] {
        guard let origin else { return [] }
        let lines = ["Access-Control-Allow-Origin: \(origin)", "Vary: Origin"]
        // Credentials only for sites that the administrator has named.
        return settings.origins.allowsAll ? lines : lines + ["Access-Control-Allow-Credentials: true"]
    }

    /// The error so that a page of another site may read it, where it may talk to Socket.IO.
    func readable(_ error: HTTPError, by head: RequestHead) -> HTTPError {
        guard head.path == "\(SocketTransport.socketIOPath)", (try? settings.origins.check(head)) != nil else {
            return error
        }
        return HTTPError(error.status, error.reason, headers: error.headers + corsLines(head.header("Origin")))
    }

    private func preflight(_ head: RequestHead) -> HTTPResponse {
        let wanted = head.header("Access-Control-Request-Headers").map { ["Access-Control-Allow-Headers: \($0)"] } ?? []
        return HTTPResponse(
            200, type: "text/plain; charset=utf-8",
            headers: ["Access-Control-Allow-Methods: GET, POST", "Access-Control-Max-Age: 600"] + wanted, body: [])
    }

    // MARK: WebSockets

    func receiveSocketIO(_ slot: Slot, _ bytes: [UInt8], isBinary: Bool, at now: Moment) {
        let carrier = carrier(slot)
        bridged(at: now) { $0.webSocketMessage(carrier, bytes, isBinary: isBinary, at: now.monotonic, into: &$1) }
        giveInputs(at: now)
    }

    /// A connection that carried a request or a WebSocket of Socket.IO is gone, or is closing.
    func endSocketIO(_ slot: Slot, at now: Moment) {
        let carrier = carrier(slot)
        bridged(at: now) { $0.carrierClosed(carrier, at: now.monotonic, into: &$1) }
        giveInputs(at: now)
    }
}
