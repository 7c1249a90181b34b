// Who comes: accepted, where it may come and there is room; and who goes for it.

internal import Chat
internal import Linux
internal import WebSocket

extension Relay {
    /// Somebody waits at the listener.
    func accept(from listener: Listener) {
        let now = now
        for _ in 0..<Limits.acceptBatch {
            switch UnixSocket.accept(listener.socket) {
            case .none: return settle(at: now)
            case .failed(let error):
                pauseAccepting(because: error)
                return settle(at: now)
            case .connection(let socket):
                if listener.isControl { admitControl(socket, at: now) } else { admit(socket, at: now) }
            }
        }
        settle(at: now)
    }

    private func insert(_ socket: consuming FileDescriptor, at now: Moment) -> Slot? {
        guard let slot = try? poller.insert(socket) else { return nil }
        while connections.count <= Int(slot) { connections.append(nil) }
        lastNumber += 1
        connections[Int(slot)] = Connection(number: lastNumber, at: now.monotonic)
        delivery.insert(slot)
        crashRecords?.begin(slot, number: lastNumber)
        return slot
    }

    /// Administrators get in, however many are here.
    private func admitControl(_ socket: consuming FileDescriptor, at now: Moment) {
        let user = UnixSocket.peerUser(of: socket)
        guard let slot = insert(socket, at: now) else { return }
        connections[Int(slot)]?.phase = .control(ControlTalk(user: user))
        closings.add(slot, poller.generation(slot), due: now.monotonic + Limits.closeMilliseconds)
    }

    private func admit(_ socket: consuming FileDescriptor, at now: Moment) {
        let peer = configuration.proxyUser == nil ? nil : UnixSocket.peerUser(of: socket)
        guard let slot = insert(socket, at: now) else { return }
        keepConnection(slot)
        makeRoom(at: now)
        guard configuration.proxyUser == nil || peer == configuration.proxyUser || peer == 0 else {
            journal.write(.notTheProxy(peer))
            return refuse(slot, .notTheProxy, at: now)
        }
        handshakes.add(slot, poller.generation(slot), due: now.monotonic + configuration.handshakeTimeout)
    }

    /// Those that are no WebSockets are bounded: whoever was refused first goes first, then whoever says nothing for longest.
    private func makeRoom(at now: Moment) {
        let free = maxConnections + Limits.spareConnections - seats
        let most = max(min(Limits.strangers, free), Limits.spareConnections)
        while poller.count - seats > most, let (slot, generation) = refusals.next() ?? handshakes.next() {
            guard isCurrent(slot, generation), let connection = connections[Int(slot)], !connection.hasSeat else {
                continue
            }
            if case .handshake = connection.phase { journal.write(.crowdedOut(connection, most: most)) }
            drop(slot, at: now)
        }
    }

    /// It is a WebSocket from here on.
    func seat(_ connection: Connection) {
        connection.hasSeat = true
        seats += 1
        addresses.add(connection.address)
    }
}
