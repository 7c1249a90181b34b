// Carries out what the bridge wants done, gives the chat what clients of Socket.IO have sent, and hands their sessions over.

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
    /// Changes the bridge, and does what comes of it; inputs of the chat wait for `giveInputs`.
    func bridged(at now: Moment, _ body: (inout Bridge, inout [Bridge.Output]) -> Void) {
        var outputs: [Bridge.Output] = []
        body(&bridge, &outputs)
        for output in outputs { perform(output, at: now) }
    }

    private func perform(_ output: Bridge.Output, at now: Moment) {
        switch output {
        case .respond(let carrier, let response):
            guard let (slot, connection) = connection(carrier), case .waiting(let origin, _) = connection.phase else {
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
        case .unsubscribeFromRooms(let carrier, let form):
            guard let (slot, _) = connection(carrier) else { return }
            broadcaster.unsubscribeFromRooms(slot, .socketIO(form), in: &poller)
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
            let own = carrier.flatMap { connection($0)?.connection }
            if !poller.isOpen(session.slot) { beginReserved(session.slot, client, own, at: now) }
            let address = own?.address.flatMap { IPAddress($0) } ?? client.address
            handler?.opened(
                session, authenticatedName: client.authenticatedName, address: address, token: client.token, at: now)
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

    /// A session of the chat has a slot without a connection from now on.
    /// - Parameter own: its WebSocket; nil where it is polled.
    private func beginReserved(_ slot: Slot, _ client: EngineClient, _ own: Connection?, at now: Moment) {
        let connection = own ?? polledConnection(client, at: now)
        connections[slot] = connection
        crashRecords?.begin(slot, number: connection.number)
        crashRecords?.setPhase(slot, .unrecoverable)
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
        // The WebSocket whose slot it is goes on, or ends by itself.
        if poller.isOpen(session.slot) { return crashRecords?.clearRooms(session.slot) ?? () }
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
    /// - Returns: the slots of those that go on. A slot with a connection is that of the session's WebSocket.
    package func readSocketIO(
        from reader: inout StateReader, version: UInt64, isLive: (Slot) -> Bool, at now: Moment
    ) throws(StateError) -> [Slot] {
        var resumed = SocketTransport.bridge(settings, ledger: bridge.ledger)
        resumed.reserve = bridge.reserve
        try resumed.resume(from: &reader, version: version, at: now.monotonic)
        let slots = resumed.places.map(\.session.slot)
        for carrier in resumed.webSockets where !isLive(Slot(truncatingIfNeeded: carrier)) {
            resumed.forget(carrier, at: now.monotonic)
        }
        for place in resumed.places where isLive(place.session.slot) {
            guard let own = place.webSocket, Slot(truncatingIfNeeded: own) == place.session.slot else {
                throw StateError()
            }
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
