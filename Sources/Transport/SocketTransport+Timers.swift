internal import Bridge
package import Chat
internal import HTTP
internal import Linux
internal import Primitives
internal import WebSocket

extension SocketTransport {
    /// Does what is due; to be called once a second.
    package func sweep(at now: Moment) {
        while let key = timers.handshakes.popDue(at: now.monotonic) {
            guard isCurrent(key), case .handshake = connections[key.slot]?.phase else { continue }
            refuse(key.slot, HTTPError(408, "The request did not end in time."), at: now)
        }
        while let key = timers.popClosing(at: now.monotonic) {
            guard isCurrent(key), let connection = connections[key.slot] else { continue }
            if !extendClosing(key.slot, connection, at: now) { disconnect(key.slot, at: now) }
        }
        while let key = timers.outboxes.popDue(at: now.monotonic) {
            guard isCurrent(key), let connection = connections[key.slot] else { continue }
            connection.isOutboxTimed = false
            let outbox = broadcaster.outbox(key.slot)
            if let since = outbox.since, now.monotonic - since >= TransportLimits.stuckMilliseconds {
                closeSlowReader(key.slot, connection, at: now)
            } else {
                limitAge(of: outbox, key.slot, connection)
            }
        }
        ping(at: now)
        tickBridge(at: now)
    }

    func tickBridge(at now: Moment) {
        bridged(at: now) { $0.tick(at: now.monotonic, into: &$1) }
        giveInputs(at: now)
    }

    /// Pings each connection once in a ping interval; the pings are spread evenly over its seconds.
    private func ping(at now: Moment) {
        let seconds = Int(settings.pingInterval / 1000)
        for turn in timers.pings.due(at: now.monotonic, seconds: seconds) { ping(turn, of: seconds, at: now) }
    }

    private func ping(_ turn: Int, of seconds: Int, at now: Moment) {
        for index in stride(from: turn, to: connections.indices.count, by: seconds) {
            let slot = Slot(index)
            guard let connection = connections[slot], poller.isOpen(slot) else { continue }
            if connection.isStreaming { keepAlive(slot) }
            guard connection.isOpen else { continue }
            // Engine.IO has pings of its own.
            if connection.isSocketIO { continue }
            // A reader that is behind has not got the last ping. The age of its outbox decides.
            if now.monotonic - connection.lastHeard >= settings.idleTimeout, broadcaster.outbox(slot).isEmpty {
                handler?.report(.idle(connection))
                close(slot, CloseReason.idle.code, CloseReason.idle.reason, at: now)
            } else {
                broadcaster.sendBytes(Frame.ping([]), to: slot, in: &poller)
            }
        }
    }
}
