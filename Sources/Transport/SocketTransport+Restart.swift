// Connections of the process before, and what this one leaves to the next.

internal import Bridge
package import Chat
package import Handover
package import Linux
internal import Primitives
package import StateCoding
internal import WebSocket

extension SocketTransport {
    // MARK: the process before

    /// Records connections there from now on. To be called once, before there are connections.
    package func adopt(_ crashRecords: CrashRecords) {
        self.crashRecords = crashRecords
        connections.lastNumber = crashRecords.lastNumber
        broadcaster.crashRecords = crashRecords
        poller.record(in: crashRecords.writeMarker)
    }

    /// Takes over a socket pair of the stash; as `DescriptorStash.adopt`.
    package func adopt(
        _ queue: DescriptorQueue, pair: UInt32, claim: (consuming FileDescriptor, Slot, _ number: UInt64) -> Bool
    ) throws(SystemError) {
        try stash.adopt(queue, pair: pair, claim: claim)
    }

    /// Makes socket pairs for new connections before they are needed, where a service manager keeps them.
    package func prepareStash() throws(SystemError) { if stash.isLasting { try stash.prepare() } }

    /// Connections that would not survive a crash now, because the service manager does not have their pair yet.
    package var unstoredConnections: Int { stash.isLasting ? stash.unstored : 0 }

    /// Puts a connection into the slot that it had, with what is queued for it.
    /// - Returns: false where the kernel does not take it; then it has ended.
    package func restore(
        _ descriptor: consuming FileDescriptor, _ state: ConnectionState, at now: Moment
    ) -> Bool {
        let (slot, connection) = (state.slot, state.connection)
        guard place(descriptor, connection, at: slot) else { return false }
        if connection.isWebSocket { connections.addWebSocket(connection) }
        broadcaster.restore(state.outbox, of: slot, in: &poller)
        switch connection.phase {
        case .handshake: timers.handshakes.add(key(slot), due: now.monotonic + settings.handshakeTimeout)
        case .streaming: limitAge(of: state.outbox, slot, connection)
        case .open(let endpoint):
            poller.set(.compressed, slot, to: endpoint.hasCompression)
            limitAge(of: state.outbox, slot, connection)
        default: limitLifetime(slot, connection, at: now)
        }
        if connection.isLingering { broadcaster.inspect(slot) }
        return true
    }

    /// Puts a connection that has outlived a crash into the slot that it had. `recover` says next what becomes of it.
    /// - Returns: false where the kernel does not take it; then it has ended.
    package func place(
        _ descriptor: consuming FileDescriptor, number: UInt64, at slot: Slot, now: Moment
    ) -> Bool {
        place(descriptor, Connection(number: number, at: now.monotonic), at: slot)
    }

    /// Continues a connection that has outlived a crash.
    /// - Returns: the session, where it is an open WebSocket: its client is to be asked to say hello again. Nil where it is still
    ///   in its handshake, or has ended.
    package func recover(_ slot: Slot, _ record: CrashRecords.ConnectionRecord, at now: Moment) -> SessionID? {
        guard let connection = connections[slot] else { return nil }
        switch record.phase {
        case .awaitingRequest: timers.handshakes.add(key(slot), due: now.monotonic + settings.handshakeTimeout)
        case .unrecoverable: disconnect(slot, at: now)
        case .open, .openCompressed:
            let compression = record.phase == .openCompressed
            connection.phase = .open(Endpoint(skipping: record.input, compression: compression))
            poller.set(.compressed, slot, to: compression)
            var outbox = Outbox()
            if !record.unwritten.isEmpty { outbox.begin(withRestOf: record.unwritten, at: now.monotonic) }
            broadcaster.restore(outbox, of: slot, in: &poller)
            connection.address = record.address?.description
            connections.addWebSocket(connection)
            return session(slot)
        }
        return nil
    }

    /// Whether the slot has a connection.
    package func hasConnection(at slot: Slot) -> Bool { poller.isOpen(slot) }

    /// Ends a connection whose state after a crash is in doubt.
    package func abandon(_ slot: Slot, at now: Moment) {
        crashRecords?.disconnected(slot, at: now.wall)
        disconnect(slot, at: now)
    }

    /// Ends a connection that was not placed.
    package func abandon(_ descriptor: consuming FileDescriptor, at slot: Slot) {
        UnixSocket.hangUp(descriptor)
        crashRecords?.end(slot)
        stash.remove(slot, from: source)
    }

    private func place(_ descriptor: consuming FileDescriptor, _ connection: Connection, at slot: Slot) -> Bool {
        do throws(SystemError) {
            try poller.append(descriptor, at: slot)
        } catch {
            crashRecords?.end(slot)
            return false
        }
        connections[slot] = connection
        broadcaster.insert(slot)
        return true
    }

    // MARK: the next process

    /// Answers the requests that wait, so that their clients reach the next process. To be called before `write`.
    package func releasePolls(at now: Moment) {
        bridged(at: now) { $0.releasePolls(at: now.monotonic, into: &$1) }
        refuseWaiting(at: now)
        flush(at: now)
    }

    /// Writes all connections that a planned restart hands over, and the sessions of Socket.IO.
    package func write(to writer: inout StateWriter, at now: Moment) {
        let slots = connections.used.filter { poller.isOpen($0) && connections[$0]?.isHandedOver == true }
        writer.write(each: slots) { writer, slot in
            connections[slot]?.write(to: &writer, slot: slot, outbox: broadcaster.outbox(slot), at: now.monotonic)
        }
        // In the next process all generations begin at 0.
        bridge.write(to: &writer, at: now.monotonic) { $0 & 0xffff_ffff }
    }

    /// The descriptors that a process hands over where it replaces itself, with their names: all connections are in the stash then.
    /// - Throws: where a connection can't be put into it.
    package func stashAll() throws(SystemError) -> [(number: Int32, name: String)] {
        for slot in connections.used where poller.isOpen(slot) && !stash.holds(slot) {
            if let error = stash.insert(slot, from: source) { throw error }
        }
        var descriptors = stash.ends
        if let crashRecords {
            descriptors.append((crashRecords.words.descriptor, StoredDescriptor.crashRecordsName))
        }
        return descriptors
    }
}
