// What the host sends: to WebSockets at the end of the tick, and to sessions of Socket.IO through the bridge.

internal import Bridge
package import Chat
internal import Host
internal import Linux

extension SocketTransport: Transport {
    package func send(_ json: [UInt8], to session: SessionID) {
        if isOpen(session) {
            if connections[session.slot]?.isStreaming == true { return stream(json, to: session.slot) }
            broadcaster.send(json, to: session.slot, in: &poller)
        } else if bridge.holds(session) {
            let now = turnTime
            bridged(at: now) { $0.send(json, to: session, at: now.monotonic, into: &$1) }
        }
    }

    package func publish(_ json: [UInt8], to room: RoomID) {
        var event = SocketIOEvent(json, ledger: bridge.ledger)
        broadcaster.publish(json, &event, to: room)
        guard !bridge.isIdle else { return }
        let now = turnTime
        bridged(at: now) { $0.publish(&event, to: room, at: now.monotonic, into: &$1) }
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
        if bridge.holds(session) {
            bridged(at: turnTime) { $0.unsubscribe(session, from: room, into: &$1) }
        } else if poller.isOpen(session.slot) {
            broadcaster.unsubscribe(session.slot, from: room, form(session.slot), in: &poller)
        }
    }

    private func form(_ slot: Slot) -> BroadcastForm {
        if poller.has(.compressed, slot) { return .compressed }
        return connections[slot]?.isStreaming == true ? .eventStream : .plain
    }

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
