// The connections: bytes in, events to the handler; sends and publications in, bytes out at the end of the tick. One thread.
//
// SocketTransport+Handshake.swift has the request and its response, SocketTransport+Closing.swift every way in which a connection
// ends, SocketTransport+Timers.swift what falls due, SocketTransport+Accept.swift how connections come.

internal import Bridge
package import Chat
internal import Compression
package import Handover
internal import Host
package import Linux
internal import Primitives
internal import WebSocket

package final class SocketTransport {
    var settings: TransportSettings
    /// WebSockets that there may be at the same time.
    package private(set) var connectionLimit: Int
    var poller: ConnectionPoller
    var broadcaster = Broadcaster()
    var connections = ConnectionTable()
    var timers = ConnectionTimers()
    var stash: DescriptorStash
    /// There from `adopt` on.
    package internal(set) var crashRecords: CrashRecords?
    package internal(set) var figures = TransportFigures()
    /// Set before the first turn.
    package weak var handler: (any TransportHandler)?
    /// WebSockets whose response is not written yet.
    var opening: [SessionID] = []
    private var drainRequests: [SessionID] = []
    /// Sessions of Socket.IO.
    var bridge: Bridge
    /// Inputs of the chat from sessions of Socket.IO.
    var chatInputs: [Bridge.ChatInput] = []
    /// Requests that wait for their responses.
    var waitingRequests = 0
    /// The time of this turn.
    var turnTime = Moment(wall: 0, monotonic: 0)
    private var ready: [Readiness] = []
    let inflater = Inflater()
    private var buffer = [UInt8](repeating: 0, count: TransportLimits.readBytes)

    /// - Throws: where the kernel has no epoll set for it.
    package init(
        _ settings: TransportSettings, stash: consuming DescriptorStash
    ) throws(SystemError) {
        self.settings = settings
        connectionLimit = SocketTransport.connectionLimit(settings)
        self.stash = stash
        bridge = SocketTransport.bridge(settings, ledger: "")
        poller = try ConnectionPoller(batch: TransportLimits.readyBatch)
    }

    /// To be watched for reading by the event loop, which then calls `turn`.
    package var descriptor: Int32 { poller.descriptor }

    package func reconfigure(_ new: TransportSettings) {
        settings = new
        connectionLimit = SocketTransport.connectionLimit(new)
    }

    /// Without a setting, as many as the limit of open files leaves room for, with the descriptors of the stash.
    private static func connectionLimit(_ settings: TransportSettings) -> Int {
        let free = Process.raiseDescriptorLimit() - TransportLimits.reservedDescriptors
        return settings.maxConnections ?? max(free - free / TransportLimits.connectionsOfDescriptor, 1)
    }

    /// Reads from the connections that are ready, at most one batch, and writes to those that have room again.
    package func turn(at now: Moment) {
        turnTime = now
        if !bridge.isIdle { tickBridge(at: now) }
        poller.poll(into: &ready)
        for event in ready where poller.isOpen(event.slot) {
            if event.writable { broadcaster.resume(event.slot, &poller) }
            if event.readable { read(event.slot, at: now) }
        }
        ready.removeAll(keepingCapacity: true)
    }

    /// Ends a tick: writes what was sent in it.
    package func flush(at now: Moment) {
        broadcaster.flush(&poller, at: now.monotonic)
        for session in opening where isOpen(session) {
            crashRecords?.setPhase(session.slot, poller.has(.compressed, session.slot) ? .openCompressed : .open)
        }
        opening.removeAll(keepingCapacity: true)
    }

    /// Handles what `flush` has found out: peers that are gone, and outboxes that have grown or become empty.
    /// - Parameter drains: whether sessions that are drained are told to the handler.
    /// - Returns: whether there is something to write again.
    package func inspect(drains: Bool, at now: Moment) -> Bool {
        turnTime = now
        giveInputs(at: now)
        if drains {
            let sessions = drainRequests
            drainRequests = []
            for session in sessions {
                if isOpen(session) {
                    tellOnceDrained(session, at: now)
                } else if bridge.holds(session) {
                    if isDrained(session) { handler?.drained(session, at: now) } else { drainRequests.append(session) }
                }
            }
        }
        for slot in broadcaster.takeGone() where poller.isOpen(slot) { disconnect(slot, at: now) }
        for slot in broadcaster.takeChanged() where poller.isOpen(slot) { inspect(slot, at: now) }
        return broadcaster.isDue
    }

    private func tellOnceDrained(_ session: SessionID, at now: Moment) {
        if broadcaster.outbox(session.slot).isEmpty {
            handler?.drained(session, at: now)
        } else {
            connections[session.slot]?.awaitsDrain = true
        }
    }

    private func inspect(_ slot: Slot, at now: Moment) {
        guard let connection = connections[slot] else { return }
        let outbox = broadcaster.outbox(slot)
        let sum = connections.setOutput(of: connection, to: outbox.bytes)
        if outbox.isEmpty {
            if connection.isLingering { poller.endWriting(slot) }
            if connection.awaitsDrain {
                connection.awaitsDrain = false
                handler?.drained(session(slot), at: now)
            }
        } else if outbox.bytes > settings.outboxBytes {
            closeSlowReader(slot, connection, at: now)
        } else if sum > settings.outboxBytes * TransportLimits.clientOutboxes {
            closeSlowReader(slot, connection, ofClient: sum, at: now)
        } else {
            limitAge(of: outbox, slot, connection)
        }
    }

    /// The outbox is looked at again when its oldest byte is too old.
    func limitAge(of outbox: Outbox, _ slot: Slot, _ connection: Connection) {
        guard let since = outbox.since, !connection.isOutboxTimed else { return }
        connection.isOutboxTimed = true
        timers.outboxes.add(key(slot), due: since + TransportLimits.stuckMilliseconds)
    }

    /// Whether the readers of the last large tick lag, so that the next tick is to wait and gather more.
    package func readersLag(at now: Moment) -> Bool { broadcaster.probe.readersLag(poller, at: now.monotonic) }

    // MARK: bytes of a peer

    private func read(_ slot: Slot, at now: Moment) {
        // A span may not reach into an object that others may change meanwhile, so the buffer is taken out.
        var bytes: [UInt8] = []
        swap(&bytes, &buffer)
        switch poller.read(slot, into: &bytes) {
        case .wouldBlock: break
        case .ended: disconnect(slot, at: now)
        case .bytes(let count):
            connections[slot]?.lastHeard = now.monotonic
            figures.bytesRead += UInt64(count)
            crashRecords?.beginReading(slot)
            receive(slot, bytes.span.extracting(0..<count), at: now)
            crashRecords?.endReading()
        }
        swap(&bytes, &buffer)
    }

    func receive(_ slot: Slot, _ bytes: Span<UInt8>, at now: Moment) {
        guard let connection = connections[slot] else { return }
        switch connection.phase {
        case .handshake(let parser): receiveRequest(slot, connection, parser, bytes, at: now)
        case .open(var endpoint):
            // The machine is taken out while it works, so that it is changed in place.
            connection.phase = .lingering
            var events: [Endpoint.Event] = []
            endpoint.receive(bytes, inflater) { events.append($0) }
            let kept = endpoint.keptBytes
            connection.phase = .open(endpoint)
            recordInput(slot, endpoint)
            for event in events { handle(event, from: slot, connection, at: now) }
            if kept != connection.inputBytes { limitInput(slot, connection, to: kept, at: now) }
        case .closing(var endpoint):
            connection.phase = .lingering
            guard discard(bytes.count, from: slot, connection, at: now) else { return }
            var isAnswered = false
            endpoint.receive(bytes, inflater) { event in
                switch event {
                case .close, .failed: isAnswered = true
                default: break
                }
            }
            connection.phase = .closing(endpoint)
            if isAnswered { linger(slot, connection, at: now) }
        case .control(let buffer): receiveControl(slot, connection, buffer, bytes, at: now)
        case .lingering, .waiting: _ = discard(bytes.count, from: slot, connection, at: now)
        }
    }

    /// Unfinished messages of one client, which are kept for as long as its connections are open.
    private func limitInput(_ slot: Slot, _ connection: Connection, to bytes: Int, at now: Moment) {
        guard connection.isOpen else { return }
        if connections.setInput(of: connection, to: bytes) > TransportLimits.clientInputBytes {
            failProtocol(slot, connection, .policyViolation, "Too many unfinished messages from your address.", at: now)
        }
    }

    /// Where in a frame the connection stands, for a crash.
    private func recordInput(_ slot: Slot, _ endpoint: Endpoint) {
        if endpoint.isBetweenMessages {
            crashRecords?.clearInput(slot)
        } else {
            crashRecords?.setInput(slot, endpoint.position)
        }
    }

    private func handle(_ event: Endpoint.Event, from slot: Slot, _ connection: Connection, at now: Moment) {
        // An event before this one may have closed the connection.
        guard connection.isOpen else { return }
        switch event {
        case .text(let text):
            if connection.isSocketIO {
                receiveSocketIO(slot, text, isBinary: false, at: now)
            } else {
                handler?.received(session(slot), text, at: now)
            }
        case .binary(let bytes) where connection.isSocketIO: receiveSocketIO(slot, bytes, isBinary: true, at: now)
        case .binary:
            close(slot, CloseCode.unsupportedData.rawValue, "Only text messages are accepted here.", at: now)
        case .ping(let payload):
            guard takeControlFrame(connection, at: now) else { return failFlood(slot, connection, at: now) }
            broadcaster.sendBytes(Frame.pong(payload), to: slot, in: &poller)
        case .pong: if !takeControlFrame(connection, at: now) { failFlood(slot, connection, at: now) }
        case .close(let code, _):
            // RFC 6455 §5.5.1: the answer echoes the status code.
            endSession(slot, connection, code: code, at: now)
            broadcaster.sendBytes(Frame.close(code, reason: ""), to: slot, in: &poller)
            linger(slot, connection, at: now)
        case .failed(let code, let reason): failProtocol(slot, connection, code, reason, at: now)
        }
    }

    private func takeControlFrame(_ connection: Connection, at now: Moment) -> Bool {
        connection.controlFrames.take(
            interval: 1_000 / TransportLimits.controlFramesPerSecond, burst: TransportLimits.controlFrameBurst,
            at: now.monotonic) == 0
    }

    private func failFlood(_ slot: Slot, _ connection: Connection, at now: Moment) {
        failProtocol(slot, connection, .policyViolation, "Too many pings or pongs.", at: now)
    }

    // MARK: sessions

    func session(_ slot: Slot) -> SessionID { SessionID(slot: slot, generation: poller.generation(slot)) }

    func key(_ slot: Slot) -> ConnectionTimers.ConnectionKey {
        ConnectionTimers.ConnectionKey(slot: slot, generation: poller.generation(slot))
    }

    /// Whether the connection is still the one that the key was made for.
    func isCurrent(_ key: ConnectionTimers.ConnectionKey) -> Bool {
        poller.isOpen(key.slot) && poller.generation(key.slot) == key.generation
    }

    /// Whether the session's connection is open in our direction.
    func isOpen(_ session: SessionID) -> Bool {
        poller.isOpen(session.slot) && poller.generation(session.slot) == session.generation
            && connections[session.slot]?.isOpen == true
    }

    /// The session's connection, or nil where it has ended.
    package func connection(of session: SessionID) -> Connection? {
        poller.generation(session.slot) == session.generation ? connections[session.slot] : nil
    }

    // MARK: figures

    /// WebSockets that are open, or not closed yet.
    package var webSockets: Int { connections.webSockets }
    /// WebSockets, and sessions of Socket.IO that are polled.
    package var clients: Int { webSockets + bridge.pollingSessions }
    /// All connections.
    package var connectionCount: Int { poller.count }
    package var deliveries: UInt64 { broadcaster.deliveries }
    package var bytesWritten: UInt64 { poller.bytesWritten }
    /// System calls that wrote.
    package var writes: UInt64 { poller.writes }
}

extension SocketTransport: Transport {
    package func send(_ json: [UInt8], to session: SessionID) {
        if isOpen(session) {
            broadcaster.send(json, to: session.slot, in: &poller)
        } else if bridge.holds(session) {
            let now = turnTime
            bridged(at: now) { $0.send(json, to: session, at: now.monotonic, into: &$1) }
        }
    }

    package func publish(_ json: [UInt8], to room: RoomID) {
        broadcaster.publish(json, to: room, ledger: bridge.ledger)
        guard !bridge.isIdle else { return }
        let now = turnTime
        bridged(at: now) { $0.publish(json, to: room, at: now.monotonic, into: &$1) }
    }

    package func subscribe(_ session: SessionID, to room: RoomID) {
        if isOpen(session) {
            broadcaster.subscribe(session.slot, to: room, form(session.slot), in: &poller)
        } else if bridge.holds(session) {
            bridged(at: turnTime) { $0.subscribe(session, to: room, into: &$1) }
        }
    }

    package func unsubscribe(_ session: SessionID, from room: RoomID) {
        guard poller.generation(session.slot) == session.generation else { return }
        if poller.isOpen(session.slot) {
            broadcaster.unsubscribe(session.slot, from: room, form(session.slot), in: &poller)
        } else if bridge.holds(session) {
            bridged(at: turnTime) { $0.unsubscribe(session, from: room, into: &$1) }
        }
    }

    private func form(_ slot: Slot) -> BroadcastForm { poller.has(.compressed, slot) ? .compressed : .plain }

    package func awaitDrain(_ session: SessionID) { drainRequests.append(session) }

    package func close(_ session: SessionID, _ reason: CloseReason, at now: Moment) -> Bool {
        guard isOpen(session) else {
            var isClosed = false
            if bridge.holds(session) {
                bridged(at: now) { isClosed = $0.close(session, reason, at: now.monotonic, into: &$1) }
            }
            return isClosed
        }
        beginClosing(session.slot, reason.code, reason.reason, at: now)
        return true
    }
}
