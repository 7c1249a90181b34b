// What the peers of connections send.

internal import Chat
internal import Handover
internal import Linux
internal import Primitives
internal import WebSocket

extension SocketTransport {
    func read(_ slot: Slot, at now: Moment) {
        // A span may not reach into an object that others may change meanwhile, so the buffer is taken out.
        var bytes: [UInt8] = []
        swap(&bytes, &reading.buffer)
        // Before the call: a process that is killed in it has taken the bytes out of the socket.
        crashRecords?.beginReading(slot)
        switch poller.read(slot, into: &bytes) {
        case .wouldBlock: break
        case .ended: disconnect(slot, at: now)
        case .bytes(let count):
            connections[slot]?.lastHeard = now.monotonic
            figures.bytesRead += UInt64(count)
            receive(slot, bytes.span.extracting(0..<count), at: now)
        }
        crashRecords?.endReading()
        swap(&bytes, &reading.buffer)
    }

    func receive(_ slot: Slot, _ bytes: Span<UInt8>, at now: Moment) {
        guard let connection = connections[slot] else { return }
        switch connection.phase {
        case .handshake(let parser): receiveRequest(slot, connection, parser, bytes, at: now)
        case .open(var endpoint):
            // The machine is taken out while it works, so that it is changed in place.
            connection.phase = .lingering
            var events: [Endpoint.Event] = []
            endpoint.receive(bytes, reading.inflater) { events.append($0) }
            let kept = endpoint.keptBytes
            connection.phase = .open(endpoint)
            recordInput(slot, endpoint)
            for event in events { handle(event, from: slot, connection, at: now) }
            if kept != connection.inputBytes { limitInput(slot, connection, to: kept, at: now) }
        case .closing(var endpoint):
            connection.phase = .lingering
            guard discard(bytes.count, from: slot, connection, at: now) else { return }
            var isAnswered = false
            endpoint.receive(bytes, reading.inflater) { event in
                switch event {
                case .close, .failed: isAnswered = true
                default: break
                }
            }
            connection.phase = .closing(endpoint)
            if isAnswered { linger(slot, connection, at: now) }
        case .control(let buffer): receiveControl(slot, connection, buffer, bytes, at: now)
        case .lingering, .waiting, .streaming: _ = discard(bytes.count, from: slot, connection, at: now)
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
}
