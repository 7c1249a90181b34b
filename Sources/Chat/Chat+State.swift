// A planned restart: what the ledger does not have is written to the restart state, and the successor continues with it. Clients
// notice nothing. Users are written by their ids and rooms by their names, because indices and room ids change. Times are written
// relative to now, because the successor may have another monotonic clock.

internal import Primitives
package import StateCoding

extension Chat {
    /// Whether the chat waits for nothing from the ledger that it can't ask for again, so that it can be written. (Whether appended
    /// entries are still on their way is for the caller to know.)
    package var isSettled: Bool { names.claims.isEmpty && adminCommands.isEmpty && codes.isSettled }

    /// Writes what the ledger does not have. The chat must be settled.
    package func write(to writer: inout StateWriter, at now: Moment) {
        precondition(isSettled)
        writer.write(users.expiryScan.releasesFrom) { $0.write($1 - now.monotonic) }
        writer.write(each: rooms.ids) { writer, room in
            writer.write(rooms[room].name)
            writer.write(rooms[room].announcedCount)
            writer.write(rooms[room].otherCountSent)
        }
        writer.write(each: users.indices { !$0.isConfirmed }) { $0.write(users[$1].id.number) }
        let slots = sessions.indices.filter { sessions[$0].stage == .open }
        writer.write(each: slots) { writer, slot in write(UInt32(slot), to: &writer, at: now) }
        writer.write(each: pendingHellos.deadlines.sorted.filter { isConnected($0.key) }) { writer, deadline in
            writer.write(UInt64(deadline.key.slot))
            writer.write(deadline.due - now.monotonic)
        }
        writer.write(each: pendingLeaves.sorted.compactMap(pending)) { writer, leave in
            writer.write(leave.key.user.number)
            writer.write(leave.key.room) { $0.write(rooms[$1].name) }
            writer.write(leave.due - now.monotonic)
        }
        writeReads(to: &writer)
        if hasLaterState { writeDevices(to: &writer, at: now) }
        if hasPresenceState || hasSignedState { writePresence(to: &writer) }
        if hasSignedState { writeSigned(to: &writer) }
    }

    private func write(_ slot: UInt32, to writer: inout StateWriter, at now: Moment) {
        let session = sessions[Int(slot)]
        writer.write(UInt64(slot))
        writer.write(session.user) { $0.write(users[$1].id.number) }
        session.rateLimiter.write(to: &writer, at: now.monotonic)
        writer.write(session.address.high)
        writer.write(session.address.low)
        writer.write(pendingHellos.authenticatedNames[slot]) { $0.write($1.text) }
        writer.write(pendingHellos.resyncs[slot]) { $0.write(UInt64($1)) }
        writer.write(each: session.memberships) { writer, membership in
            writer.write(rooms[membership.room].name)
            writer.write(UInt64(membership.progress.rawValue))
            writer.write(max(membership.typingFrom, now.monotonic) - now.monotonic)
        }
        writer.write(catchUps[slot]) { $1.write(to: &$0) }
    }

    /// - Returns: when the user has to leave; nil where it has come back since.
    private func pending(_ leave: PendingLeave, _ due: Int64) -> (key: PendingLeave, due: Int64)? {
        guard let user = users.index(of: leave.user) else { return nil }
        guard let room = leave.room else { return (leave, due) }
        guard let presence = users[user].presence(in: room) else { return nil }
        return users[user].presences[presence].leavesAt.map { (leave, $0) }
    }

    /// Continues from a restart state. To be called on a chat that was made from the ledger's snapshot and has had no input yet.
    /// - Parameters:
    ///   - session: the session that has the slot now; nil where the connection is gone, which counts as broken now.
    ///   - open: the slots that must be in the state.
    /// - Throws: `StateError` for bytes that `write` has not written. The chat is of no use then.
    package mutating func resume(
        from reader: inout StateReader, session: (UInt32) -> SessionID?, open: some Sequence<UInt32>, at now: Moment,
        into actions: inout [Action]
    ) throws(StateError) {
        users.expiryScan.releasesFrom = try reader.optional { (reader) throws(StateError) in
            try now.monotonic + reader.time()
        }
        try reader.each { (reader) throws(StateError) in
            let room = try restoreRoom(reader.string())
            (rooms[room].announcedCount, rooms[room].otherCountSent) = (try reader.integer(), try reader.bool())
        }
        try reader.each { (reader) throws(StateError) in users[try user(reader.uint64())].isConfirmed = false }
        var leaves: [(PendingLeave, due: Int64)] = []
        try reader.each { (reader) throws(StateError) in
            let written = try WrittenSession(from: &reader, at: now.monotonic)
            if let session = session(written.slot) {
                try resume(written, session, into: &actions)
            } else if let user = written.user {
                let due = endOfGrace(from: now)
                for membership in written.memberships {
                    let room = try restoreRoom(membership.room)
                    leaves.append((PendingLeave(user: UserID(user), room: room), due))
                }
                leaves.append((PendingLeave(user: UserID(user), room: nil), due))
            }
        }
        guard open.allSatisfy({ session($0).map(isConnected) ?? false }) else { throw StateError() }
        try reader.each { (reader) throws(StateError) in
            let (slot, due) = (try reader.integer(UInt32.self), try now.monotonic + reader.time())
            if let session = session(slot), isConnected(session) { pendingHellos.deadlines.add(session, due: due) }
        }
        try reader.each { (reader) throws(StateError) in
            let user = try reader.uint64()
            let name = try reader.optional { (reader) throws(StateError) in try reader.string() }
            let room: RoomID? = if let name { try restoreRoom(name) } else { nil }
            leaves.append((PendingLeave(user: UserID(user), room: room), try now.monotonic + reader.time()))
        }
        try resume(leaves)
        try resumeReads(from: &reader, session, into: &actions)
        if !reader.isAtEnd { try resumeDevices(from: &reader, session, at: now) }
        if !reader.isAtEnd { try resumePresence(from: &reader, session) }
        if !reader.isAtEnd { try resumeSigned(from: &reader, session, at: now) }
        for room in rooms.ids where rooms[room].members.isEmpty && !rooms[room].isConfigured { rooms.close(room) }
    }

    private mutating func resume(
        _ written: WrittenSession, _ session: SessionID, into actions: inout [Action]
    ) throws(StateError) {
        let slot = Int(written.slot)
        while sessions.count <= slot { sessions.append(Session()) }
        guard sessions[slot].stage == .free else { throw StateError() }
        sessions[slot].stage = .open
        sessions[slot].generation = session.generation
        (sessions[slot].rateLimiter, sessions[slot].address) = (written.rateLimiter, written.address)
        pendingHellos.authenticatedNames[written.slot] = written.authenticatedName
        pendingHellos.resyncs[written.slot] = written.resync
        guard let number = written.user else {
            guard written.memberships.isEmpty, settings.identity != .proxy || written.authenticatedName != nil else {
                throw StateError()
            }
            return
        }
        let user = try user(number)
        addSession(written.slot, to: user)
        actions.append(.identified(session, UserID(number)))
        for membership in written.memberships {
            let room = try restoreRoom(membership.room)
            guard sessions[slot].membership(of: room) == nil else { throw StateError() }
            sessions[slot].memberships.append(
                Membership(room: room, progress: membership.progress, typingFrom: membership.typingFrom))
            rooms.count(room, forClientAt: written.address)
            restorePresence(user, room, sessions: 1, leavesAt: nil)
            actions.append(.joinedRoom(session, room: membership.room, room))
            if membership.progress == .live { actions.append(.subscribe(session, room)) }
        }
        catchUps[written.slot] = written.catchUp
        // The rest of its catch-up, and the histories of its rooms, follow when its outbox is empty.
        if written.catchUp != nil || written.memberships.contains(where: { $0.progress.awaitsHistory }) {
            actions.append(.awaitDrain(session))
        }
    }

    private mutating func resume(_ leaves: [(PendingLeave, due: Int64)]) throws(StateError) {
        for (leave, due) in leaves.sorted(by: { $0.due < $1.due }) {
            let user = try user(leave.user.number)
            if let room = leave.room {
                // Another session of the user may be in the room.
                if let index = users[user].presence(in: room), users[user].presences[index].sessions > 0 { continue }
                restorePresence(user, room, sessions: 0, leavesAt: due)
            }
            pendingLeaves.add(leave, due: due)
        }
    }

    mutating func restorePresence(_ user: UInt32, _ room: RoomID, sessions: Int, leavesAt: Int64?) {
        if let index = users[user].presence(in: room) {
            users[user].presences[index].sessions += sessions
            users[user].presences[index].leavesAt = leavesAt
        } else {
            users[user].presences.append(Presence(room: room, sessions: sessions, leavesAt: leavesAt))
            insertMember(user, into: room)
        }
    }

    private func user(_ number: UInt64) throws(StateError) -> UInt32 {
        guard let user = users.index(of: UserID(number)) else { throw StateError() }
        return user
    }

    /// - Returns: the room of that name, which is opened if it does not exist.
    mutating func restoreRoom(_ name: String) throws(StateError) -> RoomID {
        if let room = rooms.id(named: name) { return room }
        guard RoomName(name) != nil, rooms.count < ChatLimits.rooms else { throw StateError() }
        return openRoom(name, isConfigured: false)
    }
}
