// Every way in which a connection ends.

internal import Bridge
package import Chat
internal import Handover
internal import Linux
internal import Primitives
internal import WebSocket

extension SocketTransport {
    // MARK: the WebSocket ends

    /// Starts the close handshake (RFC 6455 §7.1.2) and tells the handler.
    func close(_ slot: Slot, _ code: UInt16, _ reason: String, at now: Moment) {
        guard connections[slot]?.isOpen == true || connections[slot]?.isStreaming == true else { return }
        let session = session(slot)
        beginClosing(slot, code, reason, at: now)
        tellClosed(session, at: now)
    }

    /// Starts the close handshake. Nothing follows the close frame (§5.5.1).
    func beginClosing(_ slot: Slot, _ code: UInt16, _ reason: String, at now: Moment) {
        guard let connection = connections[slot] else { return }
        if connection.isStreaming { return endStream(slot, connection, code, reason, at: now) }
        guard case .open(let endpoint) = connection.phase else { return }
        connection.phase = .closing(endpoint)
        recordClosing(slot, connection, code: code, at: now)
        broadcaster.sendBytes(Frame.close(code, reason: reason), to: slot, in: &poller)
        connection.closing = (broadcaster.outbox(slot).bytes, since: now.monotonic)
        timers.closings.add(key(slot), due: now.monotonic + TransportLimits.closeMilliseconds)
    }

    /// The time to close is over. A slow peer that still reads the rest of a frame gets more, so that the close frame reaches it.
    /// - Returns: whether the connection goes on.
    func extendClosing(_ slot: Slot, _ connection: Connection, at now: Moment) -> Bool {
        let left = broadcaster.outbox(slot).bytes
        guard let closing = connection.closing, left > 0, left < closing.unwritten,
            now.monotonic - closing.since < TransportLimits.stuckMilliseconds
        else { return false }
        connection.closing = (left, closing.since)
        timers.closings.add(key(slot), due: now.monotonic + TransportLimits.closeMilliseconds)
        return true
    }

    /// The peer has broken the protocol (§7.1.7).
    func failProtocol(_ slot: Slot, _ connection: Connection, _ code: CloseCode, _ reason: String, at now: Moment) {
        handler?.report(.protocolError(connection, code: code.rawValue, reason: reason))
        endSession(slot, connection, code: code.rawValue, at: now)
        broadcaster.sendBytes(Frame.close(code.rawValue, reason: reason), to: slot, in: &poller)
        linger(slot, connection, at: now)
    }

    /// A reader that is too slow. It connects again, and gets the rest from the ledger.
    /// - Parameter sum: the bytes in all outboxes of its client, where these are too many.
    func closeSlowReader(_ slot: Slot, _ connection: Connection, ofClient sum: Int? = nil, at now: Moment) {
        guard connection.isOpen || connection.isStreaming else { return }
        handler?.report(.slowReader(connection, bytes: broadcaster.outbox(slot).bytes, ofClient: sum))
        figures.slowReaders += 1
        // It can't be told: the rest of an event is before it.
        if connection.isStreaming { return disconnect(slot, at: now) }
        broadcaster.cutOutbox(of: slot)
        // At once, so that no more of the client's connections are closed than need be.
        _ = connections.setOutput(of: connection, to: broadcaster.outbox(slot).bytes)
        close(slot, CloseReason.slowReader.code, CloseReason.slowReader.reason, at: now)
    }

    /// The session ends at once; its connection still has to be closed.
    /// - Parameter code: of the first close frame, or nil where there was none.
    func endSession(_ slot: Slot, _ connection: Connection, code: UInt16?, at now: Moment) {
        let session = session(slot)
        connection.phase = .lingering
        recordClosing(slot, connection, code: code, at: now)
        tellClosed(session, at: now)
    }

    private func tellClosed(_ session: SessionID, at now: Moment) {
        if connections[session.slot]?.isSocketIO == true {
            endSocketIO(session.slot, at: now)
        } else {
            handler?.closed(session, at: now)
        }
    }

    func recordClosing(_ slot: Slot, _ connection: Connection, code: UInt16?, at now: Moment) {
        crashRecords?.setPhase(slot, .unrecoverable)
        // The end of a session of Socket.IO is recorded where the chat hears of it.
        if !connection.isSocketIO { crashRecords?.disconnected(slot, at: now.wall) }
        broadcaster.unsubscribeFromRooms(slot, in: &poller)
        _ = connections.setInput(of: connection, to: 0)
        figures.closings[CloseReason.label(code), default: 0] += 1
        if connection.name != nil { handler?.report(.disconnected(connection, code: code, at: now.monotonic)) }
    }

    // MARK: the connection ends

    /// Everything is said: once the outbox is empty our side is closed, and the peer's end of the connection is awaited.
    func linger(_ slot: Slot, _ connection: Connection, at now: Moment) {
        connection.phase = .lingering
        broadcaster.inspect(slot)
        limitLifetime(slot, connection, at: now)
    }

    func limitLifetime(_ slot: Slot, _ connection: Connection, at now: Moment) {
        let due = now.monotonic + TransportLimits.closeMilliseconds
        if connection.isWebSocket {
            timers.closings.add(key(slot), due: due)
        } else {
            timers.refusals.add(key(slot), due: due)
        }
    }

    /// Bytes after everything was said.
    /// - Returns: whether the connection goes on.
    func discard(_ count: Int, from slot: Slot, _ connection: Connection, at now: Moment) -> Bool {
        connection.discarded += UInt32(count)
        let isEnough = connection.discarded > TransportLimits.discardedBytes
        if isEnough { disconnect(slot, at: now) }
        return !isEnough
    }

    /// Closes the connection at once: its peer is gone, or its time is over.
    func disconnect(_ slot: Slot, at now: Moment) {
        if let connection = connections[slot] {
            if connection.isOpen || connection.isStreaming { endSession(slot, connection, code: nil, at: now) }
            if connection.isWebSocket { connections.removeWebSocket(connection) }
            _ = connections.setInput(of: connection, to: 0)
            if connection.isWaiting { connections.waitingRequests -= 1 }
            if connection.isSocketIO { endSocketIO(slot, at: now) }
            _ = connections.setOutput(of: connection, to: 0)
        }
        broadcaster.remove(slot)
        crashRecords?.end(slot)
        poller.remove(slot, isKept: stash.holds(slot))
        stash.remove(slot, from: source)
        connections[slot] = nil
        figures.disconnections += 1
    }

    /// For the stash: what to keep of a slot.
    func source(_ slot: Slot) -> (descriptor: Int32, number: UInt64) {
        (poller.number(slot), connections[slot]?.number ?? 0)
    }

    /// The service stops: says goodbye to all.
    package func closeAll(at now: Moment) {
        bridged(at: now) { $0.closeAll(at: now.monotonic, into: &$1) }
        giveInputs(at: now)
        for slot in connections.used where poller.isOpen(slot) {
            switch connections[slot]?.phase {
            case .open, .streaming: close(slot, CloseCode.goingAway.rawValue, "The server is stopping.", at: now)
            case .handshake, .control: disconnect(slot, at: now)
            default: break
            }
        }
    }
}
