// How connections come: from the listening sockets, and what of the control socket's protocol is the transport's: one line in, one
// line out.

package import Chat
internal import HTTP
internal import Handover
package import Linux
internal import Primitives

extension SocketTransport {
    /// Takes over a connection from the socket that the proxy connects to.
    package func accept(_ socket: consuming FileDescriptor, at now: Moment) {
        let peer = settings.proxyUser == nil ? nil : UnixSocket.peerUser(of: socket)
        guard let slot = insert(socket, at: now) else { return }
        keepOverCrash(slot)
        limitPendingHandshakes(at: now)
        guard settings.proxyUser == nil || peer == settings.proxyUser || peer == 0 else {
            handler?.report(.notTheProxy(user: peer))
            return refuse(slot, HTTPError(403, "Only the proxy may connect here."), at: now)
        }
        timers.handshakes.add(key(slot), due: now.monotonic + settings.handshakeTimeout)
    }

    /// Takes over a connection from the control socket; there is no limit, so that administrators are never locked out.
    package func acceptControl(_ socket: consuming FileDescriptor, at now: Moment) {
        let user = UnixSocket.peerUser(of: socket)
        guard let slot = insert(socket, at: now) else { return }
        connections[slot]?.phase = .control(Connection.ControlRequestBuffer(user: user))
        timers.closings.add(key(slot), due: now.monotonic + TransportLimits.closeMilliseconds)
    }

    private func insert(_ socket: consuming FileDescriptor, at now: Moment) -> Slot? {
        guard let slot = try? poller.insert(socket) else { return nil }
        connections.lastNumber += 1
        connections[slot] = Connection(number: connections.lastNumber, at: now.monotonic)
        broadcaster.insert(slot)
        crashRecords?.begin(slot, number: connections.lastNumber)
        return slot
    }

    /// The connection outlives a crash from now on, where a service manager keeps the stash.
    private func keepOverCrash(_ slot: Slot) {
        guard stash.isLasting, let error = stash.insert(slot, from: source) else { return }
        handler?.report(.notStashed(error))
    }

    /// Drops connections that are not WebSockets, where there are too many: the refused ones first, then the oldest requests.
    private func limitPendingHandshakes(at now: Moment) {
        let free = connectionLimit + TransportLimits.spareConnections - clients
        let limit = max(min(TransportLimits.pendingHandshakes, free), TransportLimits.spareConnections)
        while connectionCount - webSockets - connections.waitingRequests > limit,
            let key = timers.refusals.popFirst() ?? timers.handshakes.popFirst()
        {
            guard isCurrent(key), let connection = connections[key.slot], !connection.isWebSocket,
                !connection.isWaiting
            else { continue }
            if case .handshake = connection.phase { handler?.report(.handshakeLimit(connection, limit: limit)) }
            disconnect(key.slot, at: now)
        }
    }

    // MARK: the control socket

    func receiveControl(
        _ slot: Slot, _ connection: Connection, _ buffer: Connection.ControlRequestBuffer, _ bytes: Span<UInt8>,
        at now: Moment
    ) {
        var buffer = buffer
        for index in bytes.indices { buffer.bytes.append(bytes[index]) }
        connection.phase = .control(buffer)
        let line = buffer.bytes.firstIndex(of: UInt8(ascii: "\n")).map { Array(buffer.bytes[..<$0]) }
        // A request that is too long is passed on as far as it has come, to be refused.
        guard line != nil || buffer.bytes.count > TransportLimits.controlRequestBytes else { return }
        handler?.controlRequest(line ?? buffer.bytes, from: session(slot), user: buffer.user, at: now)
    }

    /// Answers a request on the control socket; nothing happens where the connection has ended.
    package func answer(_ bytes: [UInt8], to session: SessionID, at now: Moment) {
        guard let connection = connection(of: session) else { return }
        finish(session.slot, connection, bytes, at: now)
    }
}
