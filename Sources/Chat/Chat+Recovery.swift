// Recovery after a crash: the connections live on, and the chat's state is lost but for the ledger and the crash records. Each
// client says hello again on its connection (PROTOCOL.md, `restart`).

package import Primitives

extension Chat {
    /// The user was in the room when the daemon crashed. It is in its grace period, and leaves unless it comes back in time.
    /// - Parameter name: the room's name.
    /// - Returns: the room; nil where there is no such user, or the room can't be opened.
    package mutating func holdPresence(_ id: UserID, in name: String, at now: Moment) -> RoomID? {
        guard let user = users.index(of: id), let room = try? restoreRoom(name) else { return nil }
        guard users[user].presence(in: room) == nil else { return room }
        noteLeft(user, at: now)
        let due = endOfGrace(from: now)
        restorePresence(user, room, sessions: 0, leavesAt: due)
        pendingLeaves.add(PendingLeave(user: id, room: room), due: due)
        rooms[room].announcedCount = rooms[room].members.count
        return room
    }

    /// A connection has survived a crash. It has no user, like a new one, and is asked to say hello again. What it sent before
    /// that hello was for the crashed process, and is ignored.
    /// - Parameters:
    ///   - name: as for `connected`.
    ///   - address: as for `connected`.
    ///   - again: higher than at any earlier crash.
    package mutating func recovered(
        _ session: SessionID, authenticatedName name: String?, address: IPAddress?, again: UInt32, at now: Moment,
        into actions: inout [Action]
    ) {
        connected(session, authenticatedName: name, address: address, at: now, into: &actions)
        guard canReceive(session) else { return }
        guard settings.identity != .proxy || pendingHellos.authenticatedNames[session.slot] != nil else {
            sessions[slot(of: session)].stage = .closing
            return actions.append(.close(session, .helloTimeout))
        }
        pendingHellos.resyncs[session.slot] = again
        actions.append(.send(session, json: ServerEvent.restart(again: again, ledger: log.id, seq: log.seq).json))
    }

    /// Whether this is the hello that the session was asked for. After it the session's texts count again.
    mutating func endsResync(_ request: Request, of session: SessionID) -> Bool {
        guard let again = pendingHellos.resyncs[session.slot] else { return true }
        guard request.type == .hello, request.fields.again == again else { return false }
        pendingHellos.resyncs[session.slot] = nil
        return true
    }
}
