// Taking back what the process before has left: after a planned restart the state of everything, so that nobody notices;
// after a crash the connections, which then say hello again (PROTOCOL.md, “After a crash of the server”).

internal import Chat
internal import Linux
internal import Primitives
internal import StateCoding
internal import Systemd
internal import WebSocket

extension Relay {
    /// A connection out of the escrow.
    private struct Found {
        let slot: Slot
        let number: UInt64
        let descriptor: Int32
    }

    /// What came of it, for the journal.
    struct Takeover {
        var taken = 0
        var inDoubt = 0
        /// Those of which nothing is known.
        var unknown = 0
        var isCrash = false
        /// Why a state that was there could not be used.
        var fault: String?
    }

    /// To be called once, before the first turn.
    func takeOver(_ storedDescriptors: StoredDescriptors) throws(SystemError) {
        let began = Clock.monotonicNanoseconds
        let now = now
        let state = storedDescriptors[StoredDescriptor.stateName]?.contents()
        let crashRecords = storedDescriptors[StoredDescriptor.registerName]?.takeWords(CrashRecords.size).flatMap(
            CrashRecords.init)
        var takeover = Takeover()
        let found = try openEscrow(storedDescriptors, crashRecords, &takeover)
        if let crashRecords {
            try adopt(crashRecords)
        } else {
            try beginRegister(isAnother: !storedDescriptors.isEmpty)
        }
        if !resume(found, state, &takeover, at: now), !found.isEmpty { survive(found, &takeover, at: now) }
        self.crashRecords?.epoch += 1
        if state != nil { store.remove(StoredDescriptor.stateName) }
        if store.isLasting { try stash.prepare() }
        settle(at: now)
        let milliseconds = (Clock.monotonicNanoseconds - began) / 1_000_000
        figures.takenBack += UInt64(takeover.taken)
        figures.inDoubt += UInt64(takeover.inDoubt)
        if !found.isEmpty || takeover.unknown > 0 { journal.write(.tookBack(takeover, milliseconds: milliseconds)) }
    }

    // MARK: descriptors

    /// All connections that are in it, by their slots. Those that the register does not know are hung up.
    private func openEscrow(
        _ storedDescriptors: StoredDescriptors, _ crashRecords: CrashRecords?, _ takeover: inout Takeover
    ) throws(SystemError) -> [Found] {
        var found: [Found] = []
        var known: Set<Slot> = []
        var unknown = 0
        for (box, queue) in storedDescriptors.takePairs() {
            try stash.adopt(queue, box: box) { descriptor, slot, number in
                guard let crashRecords else {
                    UnixSocket.hangUp(descriptor)
                    unknown += 1
                    return false
                }
                guard crashRecords.number(of: slot) == number, known.insert(slot).inserted else { return false }
                found.append(Found(slot: slot, number: number, descriptor: descriptor.release()))
                return true
            }
        }
        takeover.unknown = unknown
        return found.sorted { $0.slot < $1.slot }
    }

    /// The connection has its slot again; where that can't be, it ends.
    private func place(_ found: Found, _ connection: Connection) -> Bool {
        do throws(SystemError) {
            try poller.append(FileDescriptor(owning: found.descriptor), at: found.slot)
        } catch {
            crashRecords?.end(found.slot)
            return false
        }
        while connections.count <= Int(found.slot) { connections.append(nil) }
        connections[Int(found.slot)] = connection
        delivery.insert(found.slot)
        return true
    }

    /// It is of no use to anybody.
    private func abandon(_ found: Found) {
        UnixSocket.hangUp(FileDescriptor(owning: found.descriptor))
        crashRecords?.end(found.slot)
        stash.remove(found.slot, from: copy)
    }

    private func adopt(_ crashRecords: CrashRecords) throws(SystemError) {
        self.crashRecords = crashRecords
        lastNumber = crashRecords.lastNumber
        delivery.crashRecords = crashRecords
        poller.record(in: crashRecords.writeMarker)
    }

    /// - Parameter isAnother: whether there may be one already that is of no use.
    private func beginRegister(isAnother: Bool) throws(SystemError) {
        if isAnother { store.remove(StoredDescriptor.registerName) }
        let crashRecords = try CrashRecords()
        try adopt(crashRecords)
        store.add(crashRecords.words.descriptor, StoredDescriptor.registerName)
    }

    // MARK: after a planned restart

    /// Everything goes on where it stood.
    /// - Returns: false where there is no state that can be used; then nothing was changed.
    private func resume(_ found: [Found], _ state: [UInt8]?, _ takeover: inout Takeover, at now: Moment) -> Bool {
        guard let state, let crashRecords else { return false }
        var states: [Slot: ConnectionState] = [:]
        var resumed = chat
        var todo: [Action] = []
        do throws(any Error) {
            var (head, reader) = try RestartState.open(state)
            // It was written before what has happened since.
            guard head.epoch == crashRecords.epoch else { return false }
            guard head.ledger == chat.ledger else {
                takeover.fault = "it belongs to another ledger"
                return false
            }
            try reader.each { (reader) throws(StateError) in
                let state = try ConnectionState(from: &reader, at: now.monotonic)
                states[state.slot] = state
            }
            let lives = Set(found.filter { states[$0.slot]?.connection.number == $0.number }.map(\.slot))
            try resumed.resume(
                from: &reader, session: { lives.contains($0) ? SessionID(slot: $0, generation: 0) : nil },
                open: lives.filter { states[$0]?.connection.isOpen ?? false }, at: now, into: &todo)
            guard reader.isAtEnd else { throw RestartState.Fault.damaged }
        } catch {
            takeover.fault = (error as? RestartState.Fault ?? .damaged).sentence
            return false
        }
        var abandoned: [Found] = []
        for one in found {
            // Whoever is not in the state is an administrator, who asks again.
            guard let state = states[one.slot], state.connection.number == one.number else {
                abandoned.append(one)
                continue
            }
            guard place(one, state.connection) else { continue }
            goOn(state, at: now)
            takeover.taken += 1
        }
        // Not before all others have their places: the escrow may then copy any of them anew.
        for one in abandoned { abandon(one) }
        chat = resumed
        perform(todo, at: now)
        return true
    }

    private func goOn(_ state: ConnectionState, at now: Moment) {
        let (slot, connection) = (state.slot, state.connection)
        if connection.hasSeat { seat(connection) }
        delivery.restore(state.outbox, of: slot, in: &poller)
        switch connection.phase {
        case .handshake:
            handshakes.add(slot, poller.generation(slot), due: now.monotonic + configuration.handshakeTimeout)
        case .open(let endpoint):
            poller.set(.compressed, slot, to: endpoint.hasCompression)
            if !state.outbox.isEmpty {
                laggards.add(slot, poller.generation(slot), due: now.monotonic + Limits.lagMilliseconds)
            }
        default: limit(slot, connection, at: now)
        }
        if connection.isLingering { delivery.watch(slot) }
    }

    // MARK: after a crash

    /// The connections live, and everything about them is asked again.
    private func survive(_ found: [Found], _ takeover: inout Takeover, at now: Moment) {
        guard let crashRecords else { return }
        takeover.isCrash = true
        crashRecords.crashes += 1
        let records = found.map { crashRecords.record($0.slot) }
        let grace = Int64(configuration.chat.graceSeconds) * 1_000
        let departed = crashRecords.departed(since: now.wall - grace)
        for (one, record) in zip(found, records) { expect(one.slot, record, at: now) }
        for (user, room) in departed { _ = chat.holdPresence(UserID(user), in: room, at: now) }
        // All have their places before the first one ends, for the escrow may then copy any other anew.
        let placed = zip(found, records).filter { one, _ in
            place(one, Connection(number: one.number, at: now.monotonic))
        }
        for (one, record) in placed {
            guard let connection = connections[Int(one.slot)] else { continue }
            guard let record, !crashRecords.isInDoubt(one.slot) else {
                takeover.inDoubt += 1
                crashRecords.depart(one.slot, at: now.wall)
                drop(one.slot, at: now)
                continue
            }
            welcomeBack(one.slot, connection, record, at: now)
            if poller.isOpen(one.slot) { takeover.taken += 1 }
        }
        crashRecords.forgetUnderWay()
    }

    /// Its user is still in its rooms, for those who are there with it. Rooms have other numbers now.
    private func expect(_ slot: Slot, _ record: CrashRecords.Record?, at now: Moment) {
        crashRecords?.clearRooms(slot)
        guard let record, let user = record.user else { return }
        for name in record.rooms {
            if let room = chat.holdPresence(UserID(user), in: name, at: now) {
                crashRecords?.enter(slot, room.index, name: name)
            }
        }
    }

    private func welcomeBack(_ slot: Slot, _ connection: Connection, _ record: CrashRecords.Record, at now: Moment) {
        switch record.phase {
        case .untouched:
            handshakes.add(slot, poller.generation(slot), due: now.monotonic + configuration.handshakeTimeout)
        case .passing: drop(slot, at: now)
        case .open, .openCompressed:
            let compression = record.phase == .openCompressed
            connection.phase = .open(Endpoint(skipping: record.input, compression: compression))
            poller.set(.compressed, slot, to: compression)
            var outbox = Outbox()
            if !record.unwritten.isEmpty { outbox.begin(withRestOf: record.unwritten, at: now.monotonic) }
            delivery.restore(outbox, of: slot, in: &poller)
            let address = record.address.map { IPAddress(high: $0.high, low: $0.low).description }
            connection.address = address
            seat(connection)
            let (id, again) = (session(slot), crashRecords?.crashes ?? 0)
            withChat(at: now) {
                $0.recovered(
                    id, authenticatedName: record.authenticatedName, address: address.flatMap { IPAddress($0) },
                    again: again,
                    at: now,
                    into: &$1)
            }
        }
    }
}
