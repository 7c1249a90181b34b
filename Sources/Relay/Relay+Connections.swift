// A connection's life once it is there: open, closed; and what is done about those that lag or say nothing.

internal import Chat
internal import Linux
internal import WebSocket

extension Relay {
    // MARK: what comes in

    /// Bytes from the peer.
    func receive(_ slot: Slot, _ bytes: Span<UInt8>, at now: Moment) {
        guard let connection = connections[Int(slot)] else { return }
        switch connection.phase {
        case .handshake(let parser): upgrade(slot, connection, parser, bytes, at: now)
        case .open(var endpoint):
            // The machine is taken out while it works, so that it is changed in place.
            connection.phase = .lingering
            var events: [Endpoint.Event] = []
            endpoint.receive(bytes, inflater) { events.append($0) }
            connection.phase = .open(endpoint)
            noteInput(slot, endpoint)
            for event in events { handle(event, from: slot, connection, at: now) }
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
            if isAnswered { drain(slot, connection, at: now) }
        case .control(let talk): receiveRequest(slot, connection, talk, bytes, at: now)
        case .lingering: _ = discard(bytes.count, from: slot, connection, at: now)
        }
    }

    /// Bytes after all was said.
    /// - Returns: whether the peer is still there.
    private func discard(_ count: Int, from slot: Slot, _ connection: Connection, at now: Moment) -> Bool {
        connection.discarded += UInt32(count)
        let isEnough = connection.discarded > Limits.discardedBytes
        if isEnough { drop(slot, at: now) }
        return !isEnough
    }

    /// For the case that this process is killed: where in a frame the connection stands.
    private func noteInput(_ slot: Slot, _ endpoint: Endpoint) {
        if endpoint.isBetweenMessages {
            crashRecords?.clearInput(slot)
        } else {
            crashRecords?.setInput(slot, endpoint.position)
        }
    }

    private func handle(_ event: Endpoint.Event, from slot: Slot, _ connection: Connection, at now: Moment) {
        // An event before this one may have ended it.
        guard case .open = connection.phase else { return }
        switch event {
        case .text(let text):
            let id = session(slot)
            withChat(at: now) { $0.received(id, text, at: now, into: &$1) }
        case .binary: close(slot, CloseCode.unsupportedData.rawValue, "Only text messages are spoken here.", at: now)
        case .ping(let payload):
            guard connection.frames.take(at: now.monotonic) else { return flooded(slot, connection, at: now) }
            delivery.sendBytes(Frame.pong(payload), to: slot, in: &poller)
        case .pong:
            guard connection.frames.take(at: now.monotonic) else { return flooded(slot, connection, at: now) }
        case .close(let code, _):
            // RFC 6455 §5.5.1: the answer echoes the status code.
            leaveChat(slot, code: code, at: now)
            delivery.sendBytes(Frame.close(code, reason: ""), to: slot, in: &poller)
            drain(slot, connection, at: now)
        case .failed(let code, let why): fail(slot, connection, code, why, at: now)
        }
    }

    private func flooded(_ slot: Slot, _ connection: Connection, at now: Moment) {
        fail(slot, connection, .policyViolation, "Far too many pings or pongs.", at: now)
    }

    private func fail(_ slot: Slot, _ connection: Connection, _ code: CloseCode, _ why: String, at now: Moment) {
        journal.write(.protocolFailure(connection, code: code.rawValue, why: why))
        leaveChat(slot, code: code.rawValue, at: now)
        delivery.sendBytes(Frame.close(code.rawValue, reason: why), to: slot, in: &poller)
        drain(slot, connection, at: now)
    }

    // MARK: the end

    /// Starts the close handshake from our side.
    func close(_ slot: Slot, _ code: UInt16, _ reason: String, at now: Moment) {
        guard let connection = connections[Int(slot)], case .open(let endpoint) = connection.phase else { return }
        connection.phase = .closing(endpoint)
        leaveChat(slot, code: code, at: now)
        delivery.sendBytes(Frame.close(code, reason: reason), to: slot, in: &poller)
        closings.add(slot, poller.generation(slot), due: now.monotonic + Limits.closeMilliseconds)
    }

    /// Nothing more is to be said: once the queue is empty our side is ended, and the peer's hang-up awaited.
    func drain(_ slot: Slot, _ connection: Connection, at now: Moment) {
        connection.phase = .lingering
        delivery.watch(slot)
        limit(slot, connection, at: now)
    }

    /// What is left of its life is bounded.
    func limit(_ slot: Slot, _ connection: Connection, at now: Moment) {
        let due = now.monotonic + Limits.closeMilliseconds
        if connection.hasSeat {
            closings.add(slot, poller.generation(slot), due: due)
        } else {
            refusals.add(slot, poller.generation(slot), due: due)
        }
    }

    private func leaveChat(_ slot: Slot, code: UInt16?, at now: Moment) {
        guard let connection = connections[Int(slot)] else { return }
        let id = session(slot)
        crashRecords?.setPhase(slot, .passing)
        crashRecords?.depart(slot, at: now.wall)
        figures.closings[Relay.closeLabel(code), default: 0] += 1
        withChat(at: now) { $0.disconnected(id, at: now, into: &$1) }
        if connection.name != nil { journal.write(.disconnected(connection, code: code, at: now.monotonic)) }
    }

    /// The peer is gone, or has had its time.
    func drop(_ slot: Slot, at now: Moment) {
        if case .open = connections[Int(slot)]?.phase { leaveChat(slot, code: nil, at: now) }
        if let connection = connections[Int(slot)], connection.hasSeat {
            seats -= 1
            addresses.remove(connection.address)
        }
        delivery.remove(slot)
        crashRecords?.end(slot)
        poller.remove(slot, isKept: stash.holds(slot))
        stash.remove(slot, from: copy)
        connections[Int(slot)] = nil
        resumeAccepting()
        exitIfDone()
    }

    /// Looks at a connection whose queue has changed, or that drains.
    func inspect(_ slot: Slot, at now: Moment) {
        guard let connection = connections[Int(slot)] else { return }
        let outbox = delivery.outbox(slot)
        if outbox.isEmpty {
            if connection.isLingering { poller.endWriting(slot) }
            if connection.isPaced {
                connection.isPaced = false
                let id = session(slot)
                withChat(at: now) { $0.drained(id, into: &$1) }
            }
            return
        }
        if outbox.bytes > configuration.outboxBytes { return cutOff(slot, connection, at: now) }
        if outbox.since == now.monotonic {
            laggards.add(slot, poller.generation(slot), due: now.monotonic + Limits.lagMilliseconds)
        }
    }

    /// A reader that is too far behind: it comes back and gets the rest from the ledger.
    func cutOff(_ slot: Slot, _ connection: Connection, at now: Moment) {
        guard case .open = connection.phase else { return }
        journal.write(.lagging(connection, bytes: delivery.outbox(slot).bytes))
        figures.slowReaders += 1
        delivery.cutQueue(of: slot)
        // Through the tick as everything else, so that no event of it comes after the close frame (RFC 6455 §5.5.1).
        close(slot, Relay.resumeCode, "You read too slowly. Connect again.", at: now)
    }

    /// PROTOCOL.md, "Close codes": come back at once.
    static let resumeCode: UInt16 = 4000
    /// Come back later: nothing was heard for the idle limit.
    static let idleCode: UInt16 = 4102
    /// Come back later: too many connections from the same address.
    static let crowdedCode: UInt16 = 4103
}
