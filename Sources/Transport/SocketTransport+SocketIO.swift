// Clients of Socket.IO: their requests and WebSockets are the transport's connections, their sessions the bridge's.

internal import Bridge
package import Chat
internal import HTTP
internal import Handover
package import Linux
internal import Primitives
internal import SocketIO
package import StateCoding
internal import WebSocket

extension SocketTransport {
    /// The one path of Engine.IO.
    static let socketIOPath: StaticString = "/socket.io/"

    /// - Parameter ledger: the id of the ledger that sequence numbers belong to. To be called once, before there are connections.
    package func serveSocketIO(ledger: String) {
        bridge = SocketTransport.bridge(settings, ledger: ledger)
        bridge.reserve = { [unowned self] in reserve() }
    }

    private func reserve() -> SessionID {
        let slot = poller.reserve()
        broadcaster.insert(slot)
        return session(slot)
    }

    static func bridge(_ settings: TransportSettings, ledger: String) -> Bridge {
        let settings = EngineSettings(
            pingInterval: BridgeLimits.pingInterval, pingTimeout: BridgeLimits.pingTimeout,
            maxPayload: WebSocketLimits.messageBytes, queueBytes: settings.outboxBytes)
        return Bridge(settings: settings, ledger: ledger, random: SystemRandomNumberGenerator()) {
            preconditionFailure("slots are given out once Socket.IO is served")
        }
    }

    /// The number of a connection for the bridge.
    private func carrier(_ slot: Slot) -> CarrierID { UInt64(poller.generation(slot)) << 32 | UInt64(slot) }

    /// The connection with this number, unless it is gone.
    private func connection(_ carrier: CarrierID) -> (slot: Slot, connection: Connection)? {
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
            return respond(slot, connection, EngineError.forbidden.response, to: head, at: now)
        }
        if head.method == "OPTIONS" { return respond(slot, connection, preflight(head), to: head, at: now) }
        let name = try authenticatedName(head)
        let address = connection.address.flatMap { IPAddress($0) }
        let client = EngineClient(
            head, address: address, authenticatedName: name, newToken: bridge.newToken())
        let isUpgrade = head.elements("upgrade").contains { $0.lowercased() == "websocket" }
        let opensSession = Bridge.opensSession(head)
        if opensSession, clients >= connectionLimit {
            handler?.report(.connectionLimit(connectionLimit))
            return respond(slot, connection, EngineError.full.response, to: head, at: now)
        }
        let count = connections.webSockets(ofClientAt: connection.address) + bridge.pollingSessions(of: address)
        // The session of an upgrade counts already, and its WebSocket does, too, until it has taken over.
        let isOverLimit = opensSession ? count >= clientLimit : isUpgrade && count / 2 >= clientLimit
        if isOverLimit { handler?.report(.clientLimit(connection, count: count)) }
        guard isUpgrade else {
            guard !isOverLimit else { return respond(slot, connection, EngineError.full.response, to: head, at: now) }
            connection.phase = .waiting(origin: head.header("Origin"))
            waitingRequests += 1
            let carrier = carrier(slot)
            bridged(at: now) { $0.request(carrier, request, from: client, at: now.monotonic, into: &$1) }
            return giveInputs(at: now)
        }
        if let error = bridge.refusal(head) {
            return respond(slot, connection, error.response, to: head, at: now)
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

    private func respond(
        _ slot: Slot, _ connection: Connection, _ response: HTTPResponse, to head: RequestHead, at now: Moment
    ) {
        figures.upgrades[response.status, default: 0] += 1
        let allowed = response.status == 403 ? nil : head.header("Origin")
        finish(slot, connection, response.adding(corsLines(allowed)).bytes(), at: now)
    }

    /// The header lines with which a page of another site may read the response. (Fetch, “CORS protocol”)
    private func corsLines(_ origin: String?) -> [String] {
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

    // MARK: the bridge

    /// Changes the bridge, and does what comes of it; inputs of the chat wait for `giveInputs`.
    func bridged(at now: Moment, _ body: (inout Bridge, inout [Bridge.Output]) -> Void) {
        var outputs: [Bridge.Output] = []
        body(&bridge, &outputs)
        for output in outputs { perform(output, at: now) }
    }

    private func perform(_ output: Bridge.Output, at now: Moment) {
        switch output {
        case .respond(let carrier, let response):
            guard let (slot, connection) = connection(carrier), case .waiting(let origin) = connection.phase else {
                return
            }
            finish(slot, connection, response.adding(corsLines(origin)).bytes(), at: now)
        case .send(let carrier, let bytes):
            guard let (slot, connection) = connection(carrier), connection.isOpen else { return }
            broadcaster.send(bytes, to: slot, in: &poller)
        case .closeWebSocket(let carrier):
            guard let (slot, _) = connection(carrier) else { return }
            beginClosing(slot, CloseCode.normal.rawValue, "", at: now)
        case .subscribe(let carrier, let room, let form):
            guard let (slot, connection) = connection(carrier), connection.isOpen else { return }
            broadcaster.subscribe(slot, to: room, .socketIO(form), in: &poller)
        case .unsubscribe(let carrier, let room, let form):
            guard let (slot, _) = connection(carrier) else { return }
            broadcaster.unsubscribe(slot, from: room, .socketIO(form), in: &poller)
        case .upgraded(let session, let carrier):
            guard let (_, connection) = connection(carrier) else { return }
            connection.name = connections[session.slot]?.name
            connections[session.slot] = connection
        case .input(let input): chatInputs.append(input)
        }
    }

    /// Gives the chat what clients of Socket.IO have sent. Not to be called within a call of the chat.
    func giveInputs(at now: Moment) {
        while !chatInputs.isEmpty {
            let inputs = chatInputs
            chatInputs = []
            for input in inputs { give(input, at: now) }
        }
    }

    private func give(_ input: Bridge.ChatInput, at now: Moment) {
        switch input {
        case .connected(let session, let client, let carrier):
            let slot = session.slot
            let own = carrier.flatMap { connection($0)?.connection }
            connections[slot] = own ?? polledConnection(client, at: now)
            crashRecords?.begin(slot, number: connections[slot]?.number ?? 0)
            crashRecords?.setPhase(slot, .unrecoverable)
            handler?.opened(
                session, authenticatedName: client.authenticatedName, address: client.address, token: client.token,
                at: now)
        case .received(let session, let text, let command):
            guard bridge.holds(session) else { return }
            bridge.begin(session, command: command)
            handler?.received(session, text, at: now)
            bridged(at: now) { $0.end(session, command: command, at: now.monotonic, into: &$1) }
        case .disconnected(let session):
            crashRecords?.disconnected(session.slot, at: now.wall)
            handler?.closed(session, at: now)
            release(session, at: now)
        case .released(let session): release(session, at: now)
        }
    }

    /// What the journal says of a polled session, which has no connection of its own.
    private func polledConnection(_ client: EngineClient, at now: Moment) -> Connection {
        connections.lastNumber += 1
        let connection = Connection(number: connections.lastNumber, at: now.monotonic)
        connection.phase = .lingering
        connection.address = client.address?.description
        return connection
    }

    private func release(_ session: SessionID, at now: Moment) {
        // The end of a WebSocket is reported with its own close code.
        if let connection = connections[session.slot], !connection.isSocketIO, connection.name != nil {
            handler?.report(.disconnected(connection, code: nil, at: now.monotonic))
        }
        connections[session.slot] = nil
        crashRecords?.end(session.slot)
        poller.release(session.slot)
    }

    /// Whether everything that was sent to a session of the bridge is written, or fetched by polls.
    func isDrained(_ session: SessionID) -> Bool {
        guard let carrier = bridge.webSocket(of: session) else { return bridge.isFetched(session) }
        return connection(carrier).map { broadcaster.outbox($0.slot).isEmpty } ?? true
    }

    // MARK: another process

    /// Reads the sessions of Socket.IO that a planned restart has handed over.
    /// - Parameter isLive: whether the slot's connection goes on.
    /// - Returns: the slots of those that go on; none of them is a connection's.
    package func readSocketIO(
        from reader: inout StateReader, isLive: (Slot) -> Bool, at now: Moment
    ) throws(StateError) -> [Slot] {
        var resumed = SocketTransport.bridge(settings, ledger: bridge.ledger)
        resumed.reserve = bridge.reserve
        try resumed.resume(from: &reader, at: now.monotonic)
        let slots = resumed.places.map(\.session.slot)
        for carrier in resumed.webSockets where !isLive(Slot(truncatingIfNeeded: carrier)) {
            resumed.forget(carrier, at: now.monotonic)
        }
        bridge = resumed
        let live = resumed.places.map(\.session.slot)
        for slot in slots where !live.contains(slot) { crashRecords?.end(slot) }
        return live
    }

    /// Forgets what was read, where the rest of the state can't be used.
    package func forgetSocketIO() { serveSocketIO(ledger: bridge.ledger) }

    /// The slots of the WebSockets that carry sessions of Socket.IO: the chat does not know them.
    package var socketIOSlots: [Slot] { bridge.webSockets.map { Slot(truncatingIfNeeded: $0) } }

    /// Takes the slot of a session of Socket.IO.
    package func reserve(_ slot: Slot) {
        poller.reserve(at: slot)
        broadcaster.insert(slot)
    }

    /// Joins the sessions of Socket.IO to their connections, once all of both have their slots.
    package func restoreSocketIO(at now: Moment) {
        for carrier in bridge.webSockets { connection(carrier)?.connection.isSocketIO = true }
        for place in bridge.places {
            let own = place.webSocket.flatMap { connection($0)?.connection }
            connections[place.session.slot] = own ?? polledConnection(place.client, at: now)
            connections[place.session.slot]?.name = place.name
        }
    }
}
