// A planned restart: what the ledger does not know is written down, and the next process goes on with it, so that no client
// can tell. Users are written by their numbers and rooms by their names, for places and room numbers are given anew; times
// as what is left of them, for the next process may have another clock.

package import Primitives
package import StateCoding

extension Chat {
    /// Whether it can be written down: nothing in it waits for the ledger's answer. (What was appended and has not come out of
    /// the ledger is for the caller to know.)
    package var isSettled: Bool { claims.isEmpty && questions.isEmpty && ordering.isEmpty }

    /// Writes down what the ledger does not know.
    package func write(to writer: inout StateWriter, at now: Moment) {
        precondition(isSettled)
        writer.write(releasesFrom) { $0.write($1 - now.monotonic) }
        writer.write(each: rooms.ids) { writer, room in
            writer.write(rooms[room].name)
            writer.write(rooms[room].told)
            writer.write(rooms[room].isToldOtherwise)
        }
        writer.write(each: users.places(in: 0..<users.capacity) { !$0.isProven }) { $0.write(users[$1].id.number) }
        let slots = sessions.indices.filter { sessions[$0].stage == .open }
        writer.write(each: slots) { writer, slot in write(UInt32(slot), to: &writer, at: now) }
        writer.write(each: unnamed.sorted.filter { isCurrent($0.key) }) { writer, one in
            writer.write(UInt64(one.key.slot))
            writer.write(one.due - now.monotonic)
        }
        writer.write(each: departures.sorted.filter(isStillDue)) { writer, departure in
            writer.write(departure.key.user.number)
            writer.write(departure.key.room) { $0.write(rooms[$1].name) }
            writer.write(departure.due - now.monotonic)
        }
    }

    private func write(_ slot: UInt32, to writer: inout StateWriter, at now: Moment) {
        let session = sessions[Int(slot)]
        writer.write(UInt64(slot))
        writer.write(session.user) { $0.write(users[$1].id.number) }
        session.rateLimiter.write(to: &writer, at: now.monotonic)
        writer.write(session.address.high)
        writer.write(session.address.low)
        writer.write(authenticatedName[slot]) { $0.write($1.text) }
        writer.write(resyncs[slot]) { $0.write(UInt64($1)) }
        writer.write(each: session.memberships) { writer, membership in
            writer.write(rooms[membership.room].name)
            writer.write(UInt64(membership.stage.rawValue))
            writer.write(max(membership.typingFrom, now.monotonic) - now.monotonic)
        }
        writer.write(catchUps[slot]) { $1.write(to: &$0) }
    }

    /// Whether its user is still to leave then.
    private func isStillDue(_ departure: Departure, _ due: Int64) -> Bool {
        guard let user = users.place(of: departure.user) else { return false }
        guard let room = departure.room else { return true }
        return users[user].presence(in: room).map { users[user].presences[$0].leavesAt == due } ?? false
    }

    /// Goes on from there. To be called on a chat that was made from the ledger and did nothing yet; one that has thrown is of
    /// no use any more.
    /// - Parameter session: the session that has the slot now; nothing where its connection is gone, which is then as if its
    ///   line had broken at this moment.
    /// - Parameter open: the slots that must have been written.
    package mutating func resume(
        from reader: inout StateReader, session: (UInt32) -> SessionID?, open: some Sequence<UInt32>, at now: Moment,
        into actions: inout [Action]
    ) throws(StateError) {
        releasesFrom = try reader.optional { (reader) throws(StateError) in try now.monotonic + reader.time() }
        try reader.each { (reader) throws(StateError) in
            let room = try room(named: reader.string())
            (rooms[room].told, rooms[room].isToldOtherwise) = (try reader.integer(), try reader.bool())
        }
        try reader.each { (reader) throws(StateError) in users[try user(reader.uint64())].isProven = false }
        var leaving: [(Departure, due: Int64)] = []
        try reader.each { (reader) throws(StateError) in
            let written = try WrittenSession(from: &reader, at: now.monotonic)
            if let session = session(written.slot) {
                try resume(written, session, into: &actions)
            } else if let user = written.user {
                // Its line broke at this moment.
                let due = departure(from: now)
                for membership in written.memberships {
                    leaving.append((Departure(user: UserID(user), room: try room(named: membership.room)), due))
                }
                leaving.append((Departure(user: UserID(user), room: nil), due))
            }
        }
        guard open.allSatisfy({ session($0).map(isCurrent) ?? false }) else { throw StateError() }
        try reader.each { (reader) throws(StateError) in
            let (slot, deadline) = (try reader.integer(UInt32.self), try now.monotonic + reader.time())
            if let session = session(slot), isCurrent(session) { unnamed.add(session, due: deadline) }
        }
        try reader.each { (reader) throws(StateError) in
            let user = try reader.uint64()
            let name = try reader.optional { (reader) throws(StateError) in try reader.string() }
            let room: RoomID? = if let name { try self.room(named: name) } else { nil }
            leaving.append((Departure(user: UserID(user), room: room), try now.monotonic + reader.time()))
        }
        try resume(leaving)
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
        authenticatedName[written.slot] = written.authenticatedName
        resyncs[written.slot] = written.resyncs
        guard let number = written.user else {
            guard written.memberships.isEmpty, settings.identity == .token || written.authenticatedName != nil else {
                throw StateError()
            }
            return
        }
        let user = try user(number)
        sessions[slot].user = user
        if users[user].sessions.isEmpty { present += 1 }
        users[user].sessions.append(written.slot)
        actions.append(.identified(session, UserID(number)))
        for membership in written.memberships {
            let room = try room(named: membership.room)
            guard sessions[slot].membership(of: room) == nil else { throw StateError() }
            sessions[slot].memberships.append(
                Membership(room: room, stage: membership.stage, typingFrom: membership.typingFrom))
            attend(user, room, sessions: 1, leavesAt: nil)
            actions.append(.joinedRoom(session, room: membership.room, room))
            if membership.stage == .live { actions.append(.subscribe(session, room)) }
        }
        catchUps[written.slot] = written.catchUp
        if written.catchUp != nil { actions.append(.awaitDrain(session)) }
    }

    private mutating func resume(_ leaving: [(Departure, due: Int64)]) throws(StateError) {
        for (departure, due) in leaving.sorted(by: { $0.due < $1.due }) {
            let user = try user(departure.user.number)
            if let room = departure.room {
                // Another session of it may be there.
                if let index = users[user].presence(in: room), users[user].presences[index].sessions > 0 { continue }
                attend(user, room, sessions: 0, leavesAt: due)
            }
            departures.add(departure, due: due)
        }
    }

    // MARK: after a crash

    /// The user was in the room when the daemon before ended: it is there as after a broken line, and leaves unless it comes
    /// back in time.
    /// - Returns: the room; nothing where there is no such user.
    package mutating func holdPresence(_ id: UserID, in name: String, at now: Moment) -> RoomID? {
        guard let user = users.place(of: id), let room = try? room(named: name) else { return nil }
        guard users[user].presence(in: room) == nil else { return room }
        let due = departure(from: now)
        attend(user, room, sessions: 0, leavesAt: due)
        departures.add(Departure(user: id, room: room), due: due)
        rooms[room].told = rooms[room].members.count
        return room
    }

    /// A connection that has outlived the daemon before: it is nobody, as every new one, and is asked to say hello again. What
    /// comes before that was said to the daemon before, and does not count.
    /// - Parameter again: higher than at any crash before.
    package mutating func recovered(
        _ session: SessionID, authenticatedName name: String?, address: IPAddress?, again: UInt32, at now: Moment,
        into actions: inout [Action]
    ) {
        connected(session, authenticatedName: name, address: address, at: now, into: &actions)
        guard isListening(session) else { return }
        guard settings.identity == .token || authenticatedName[session.slot] != nil else {
            sessions[slot(of: session)].stage = .closing
            return actions.append(.close(session, .helloTimeout))
        }
        resyncs[session.slot] = again
        actions.append(.send(session, json: Event.restart(again: again, ledger: ledger, seq: seq).json))
    }

    /// Whether what a session says counts.
    mutating func counts(_ request: Request, of session: SessionID) -> Bool {
        guard let again = resyncs[session.slot] else { return true }
        guard request.kind == .hello, request.fields.again == again else { return false }
        resyncs[session.slot] = nil
        return true
    }

    // MARK: parts

    private mutating func attend(_ user: UInt32, _ room: RoomID, sessions: Int, leavesAt: Int64?) {
        if let index = users[user].presence(in: room) {
            users[user].presences[index].sessions += sessions
            users[user].presences[index].leavesAt = leavesAt
        } else {
            users[user].presences.append(Presence(room: room, sessions: sessions, leavesAt: leavesAt))
            insertMember(user, into: room)
        }
    }

    private func user(_ number: UInt64) throws(StateError) -> UInt32 {
        guard let user = users.place(of: UserID(number)) else { throw StateError() }
        return user
    }

    private mutating func room(named name: String) throws(StateError) -> RoomID {
        if let room = rooms.id(named: name) { return room }
        guard RoomName(name) != nil, rooms.count < ChatLimits.rooms else { throw StateError() }
        return open(name, isConfigured: false)
    }
}
