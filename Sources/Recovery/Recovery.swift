// Takes over the connections of the process before: after a planned restart with the state of everything, so that no client
// notices; after a crash the connections alone, whose clients then say hello again (PROTOCOL.md, “After a crash of the server”).

package import Chat
package import Handover
package import Host
package import Linux
internal import StateCoding
package import Transport

/// What came of it, for the journal and the figures.
package struct RecoveryReport {
    /// Connections that go on.
    package var recovered = 0
    /// Connections that were closed, because a read or a write was under way in the crash.
    package var inDoubt = 0
    /// Connections that were closed, because the crash records are of another version.
    package var unknown = 0
    /// Connections that were closed, because the service may not hold so many descriptors, or the store did not keep all.
    package var lost = 0
    package var isCrash = false
    /// Why a restart state could not be used: the end of a sentence.
    package var stateError: String?
    package var milliseconds: Int64 = 0

    package init() {}
}

package struct Recovery {
    /// A connection out of the descriptor stash.
    private struct StashedConnection {
        let slot: Slot
        let number: UInt64
        let descriptor: Int32
    }

    private let transport: SocketTransport
    private let host: ChatHost
    private let crashRecords: CrashRecords
    /// Whether the crash records are those of the process before.
    private let areTakenOver: Bool
    /// Seconds for which users whose connections ended stay in their rooms.
    private let graceSeconds: Int
    private var report = RecoveryReport()

    package init(
        _ transport: SocketTransport, _ host: ChatHost, _ crashRecords: CrashRecords, areTakenOver: Bool,
        graceSeconds: Int
    ) {
        self.transport = transport
        self.host = host
        self.crashRecords = crashRecords
        self.areTakenOver = areTakenOver
        self.graceSeconds = graceSeconds
    }

    /// To be called once, before the first turn.
    /// - Throws: where the process lacks descriptors for the connections.
    package mutating func run(
        _ stored: StoredDescriptors, _ store: DescriptorStore, at now: Moment
    ) throws(SystemError) -> RecoveryReport {
        let began = Clock.monotonicNanoseconds
        let state = stored[StoredDescriptor.restartStateName]?.contents()
        let found = try openStash(stored)
        // Sessions of Socket.IO may have been without a connection when the process before ended.
        let isCrash = !found.isEmpty || areTakenOver && !crashRecords.slotsInUse.isEmpty
        if !resume(found, state, at: now), isCrash { recoverFromCrash(found, at: now) }
        crashRecords.epoch += 1
        if state != nil { store.remove(StoredDescriptor.restartStateName) }
        try transport.prepareStash()
        report.milliseconds = (Clock.monotonicNanoseconds - began) / 1_000_000
        return report
    }

    /// All connections in the stash, by their slots. Those that are not in the crash records are closed.
    private mutating func openStash(_ stored: StoredDescriptors) throws(SystemError) -> [StashedConnection] {
        var found: [StashedConnection] = []
        var slots: Set<Slot> = []
        let (last, hasRecords) = (lastDescriptor, stored[StoredDescriptor.crashRecordsName] != nil)
        var (unknown, lost) = (0, 0)
        for (pair, queue) in stored.takePairs() {
            try transport.adopt(queue, pair: pair) { descriptor, slot, number in
                guard areTakenOver else {
                    UnixSocket.hangUp(descriptor)
                    if hasRecords { unknown += 1 } else { lost += 1 }
                    return false
                }
                guard crashRecords.number(of: slot) == number, slots.insert(slot).inserted else { return false }
                // The kernel gives out the lowest free number.
                guard descriptor.number <= last else {
                    UnixSocket.hangUp(descriptor)
                    crashRecords.end(slot)
                    lost += 1
                    return false
                }
                found.append(StashedConnection(slot: slot, number: number, descriptor: descriptor.release()))
                return true
            }
        }
        (report.unknown, report.lost) = (unknown, lost)
        return found.sorted { $0.slot < $1.slot }
    }

    /// The highest descriptor that a connection may have: the rest is for what the daemon opens besides.
    private var lastDescriptor: Int32 { Int32(clamping: Process.descriptorLimit - TransportLimits.spareDescriptors) }

    // MARK: after a planned restart

    /// Continues everything where it stood.
    /// - Returns: false where there is no usable state; then nothing has changed.
    private mutating func resume(_ found: [StashedConnection], _ bytes: [UInt8]?, at now: Moment) -> Bool {
        guard let bytes, areTakenOver else { return false }
        var states: [Slot: ConnectionState] = [:]
        var recovered = 0
        do throws(any Error) {
            var (head, reader) = try RestartState.open(bytes)
            // A process that crashed after the state was written has made it out of date.
            guard head.epoch == crashRecords.epoch else { return false }
            guard head.ledger == host.chat.ledger else {
                report.stateError = "it belongs to another ledger"
                return false
            }
            try reader.each { (reader) throws(StateError) in
                let state = try ConnectionState(from: &reader, at: now.monotonic)
                states[state.slot] = state
            }
            var live = Set(found.filter { states[$0.slot]?.connection.number == $0.number }.map(\.slot))
            var open = live.filter { states[$0]?.isOpen ?? false }
            let socketIO =
                head.hasSocketIO
                ? try transport.readSocketIO(
                    from: &reader, version: head.version, isLive: live.contains, at: now) : []
            // Slots without a connection.
            let reserved = socketIO.filter { !live.contains($0) }
            // A WebSocket of Socket.IO need not be a session of the chat.
            for slot in transport.socketIOSlots { open.remove(slot) }
            live.formUnion(reserved)
            open.formUnion(socketIO)
            try host.resume(
                from: &reader, session: { live.contains($0) ? SessionID(slot: $0, generation: 0) : nil },
                open: open, at: now
            ) {
                recovered = restore(found, states, reserved, at: now)
            }
        } catch {
            transport.forgetSocketIO()
            report.stateError = (error as? RestartState.ReadError ?? .damaged).reason
            return false
        }
        report.recovered = recovered
        return true
    }

    /// - Parameter reserved: the slots of sessions of Socket.IO that have no connection, in order.
    /// - Returns: how many connections go on.
    private func restore(
        _ found: [StashedConnection], _ states: [Slot: ConnectionState], _ reserved: [Slot], at now: Moment
    ) -> Int {
        var reserved = reserved[...]
        var recovered = 0
        var abandoned: [StashedConnection] = []
        for one in found {
            // Connections to the control socket are not in the state.
            guard let state = states[one.slot], state.connection.number == one.number else {
                abandoned.append(one)
                continue
            }
            while let slot = reserved.first, slot < one.slot {
                transport.reserve(slot)
                reserved.removeFirst()
            }
            if transport.restore(FileDescriptor(owning: one.descriptor), state, at: now) { recovered += 1 }
        }
        for slot in reserved { transport.reserve(slot) }
        transport.restoreSocketIO(at: now)
        // Not before all others have their slots: the stash may then copy any of them again.
        for one in abandoned { transport.abandon(FileDescriptor(owning: one.descriptor), at: one.slot) }
        return recovered
    }

    // MARK: after a crash

    /// Keeps the connections; clients ask for everything else again.
    private mutating func recoverFromCrash(_ found: [StashedConnection], at now: Moment) {
        report.isCrash = true
        crashRecords.crashes += 1
        let records = found.map { crashRecords.record($0.slot) }
        let departures = crashRecords.departures(since: now.wall - Int64(graceSeconds) * 1_000)
        for (one, record) in zip(found, records) { holdPresences(one.slot, record, at: now) }
        // Sessions of Socket.IO end, and their clients come back.
        let slots = Set(found.map(\.slot))
        for slot in crashRecords.slotsInUse where !slots.contains(slot) {
            holdPresences(slot, crashRecords.record(slot), at: now)
            crashRecords.end(slot)
        }
        for (user, room) in departures { _ = host.holdPresence(user, in: room, at: now) }
        // All have their slots before the first one ends, for the stash may then copy any other again.
        let placed = zip(found, records).filter { one, _ in
            transport.place(
                FileDescriptor(owning: one.descriptor), number: one.number, at: one.slot, now: now)
        }
        for (one, record) in placed {
            guard let record, !crashRecords.isInDoubt(one.slot) else {
                report.inDoubt += 1
                transport.abandon(one.slot, at: now)
                continue
            }
            if let session = transport.recover(one.slot, record, at: now) {
                host.recovered(
                    session, authenticatedName: record.authenticatedName, address: record.address,
                    resync: crashRecords.crashes, at: now)
            }
            if transport.hasConnection(at: one.slot) { report.recovered += 1 }
        }
        crashRecords.clearInDoubt()
    }

    /// The connection's user stays in its rooms for the grace period. Room numbers may have changed.
    private func holdPresences(_ slot: Slot, _ record: CrashRecords.ConnectionRecord?, at now: Moment) {
        crashRecords.clearRooms(slot)
        guard let record, let user = record.user else { return }
        for name in record.rooms {
            if let room = host.holdPresence(user, in: name, at: now) { crashRecords.addRoom(slot, room, name: name) }
        }
    }
}
