// Membership of rooms. A user is in a room while one of its sessions is, and for a grace period after the connection of the last
// one broke. The members get a join before the joiner is subscribed, and a leave after the leaver is unsubscribed. The session
// that joins or leaves gets its direct answer after the change of its subscription.

internal import DequeModule
internal import Primitives

extension Chat {
    /// The command `join`. The answer has the room's newest messages, and comes after what the session missed.
    mutating func join(
        _ name: RoomName, create: Bool, _ session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        let slot = slot(of: session)
        if let room = rooms.id(named: name.text), let index = sessions[slot].membership(of: room) {
            // Otherwise the answer to the first join is still to come, and answers this one, too.
            guard sessions[slot].memberships[index].progress == .live else { return }
            return actions.append(.send(session, json: joinedEvent(room).json))
        }
        _ = try addMembership(name, create: create, session, .awaitingHistory, at: now, into: &actions)
        if catchUps[session.slot] == nil { sendHistories(to: session, into: &actions) }
    }

    /// Makes the session a member of a room, and its user present there.
    mutating func addMembership(
        _ name: RoomName, create: Bool, _ session: SessionID, _ progress: Membership.Progress, at now: Moment,
        into actions: inout [Action]
    ) throws(Refusal) -> RoomID {
        let slot = slot(of: session)
        guard sessions[slot].memberships.count < ChatLimits.roomsOfSession else {
            throw .tooManyRooms(about: .room(name))
        }
        guard let user = sessions[slot].user else { preconditionFailure("a session without a user can't join") }
        try requireAccess(of: user, to: name)
        try requireAccess(of: session, to: name)
        let known = rooms.id(named: name.text)
        let room = if let known { known } else { try makeRoom(name, create: create, session, into: &actions) }
        rooms.count(room, forClientAt: sessions[slot].address)
        sessions[slot].memberships.append(Membership(room: room, progress: progress))
        actions.append(.joinedRoom(session, room: name.text, room))
        if let presence = users[user].presence(in: room) {
            users[user].presences[presence].sessions += 1
            users[user].presences[presence].leavesAt = nil
            return room
        }
        users[user].presences.append(Presence(room: room, sessions: 1))
        insertMember(user, into: room)
        let count = rooms[room].members.count
        if count > 1, count <= ChatLimits.announcedUsers {
            rooms[room].announcedCount = count
            let event = ServerEvent.system(
                .joined(users[user].name, users[user].id, users: count, presence(of: user)), room: name.text,
                at: now.wall)
            publish(event, to: room, into: &actions)
        }
        actions.append(.report(.joined(session, name: users[user].name.text, room: name.text)))
        return room
    }

    /// The command `leave`.
    mutating func leave(_ room: RoomID, _ session: SessionID, at now: Moment, into actions: inout [Action]) {
        let user = userOfMember(session)
        removeMembership(room, session, into: &actions)
        actions.append(.send(session, json: ServerEvent.left(room: rooms[room].name).json))
        removePresence(user, in: room, at: now, into: &actions)
    }

    /// The session's connection broke. The user leaves at the end of the grace period, unless another session is in the room.
    mutating func leaveAfterGrace(
        _ room: RoomID, _ session: SessionID, at now: Moment, into actions: inout [Action]
    ) {
        let user = userOfMember(session)
        guard let presence = users[user].presence(in: room) else { preconditionFailure("not present") }
        removeMembership(room, session, into: &actions)
        users[user].presences[presence].sessions -= 1
        guard users[user].presences[presence].sessions == 0 else { return }
        let due = endOfGrace(from: now)
        users[user].presences[presence].leavesAt = due
        pendingLeaves.add(PendingLeave(user: users[user].id, room: room), due: due)
        if settings.graceSeconds == 0 { endGracePeriods(at: now, into: &actions) }
    }

    /// The chat closes the session: it leaves its rooms without a grace period.
    mutating func leaveAllRooms(_ session: SessionID, at now: Moment, into actions: inout [Action]) {
        guard let user = sessions[slot(of: session)].user else { return }
        while let room = sessions[slot(of: session)].memberships.last?.room {
            removeMembership(room, session, into: &actions)
            removePresence(user, in: room, at: now, into: &actions)
        }
    }

    private func userOfMember(_ session: SessionID) -> UInt32 {
        guard let user = sessions[slot(of: session)].user else { preconditionFailure("a member has a user") }
        return user
    }

    private mutating func removeMembership(_ room: RoomID, _ session: SessionID, into actions: inout [Action]) {
        let slot = slot(of: session)
        guard let index = sessions[slot].membership(of: room) else { preconditionFailure("not a member") }
        actions.append(.leftRoom(session, room))
        if sessions[slot].memberships.remove(at: index).progress == .live {
            actions.append(.unsubscribe(session, room))
        }
    }

    /// The user has one session less in the room, and leaves with the last one.
    private mutating func removePresence(
        _ user: UInt32, in room: RoomID, at now: Moment, into actions: inout [Action]
    ) {
        guard let presence = users[user].presence(in: room) else { preconditionFailure("not present") }
        users[user].presences[presence].sessions -= 1
        if users[user].presences[presence].sessions == 0 { remove(user, from: room, at: now, into: &actions) }
    }

    // MARK: grace periods

    /// - Returns: CLOCK_MONOTONIC in milliseconds.
    func endOfGrace(from now: Moment) -> Int64 { now.monotonic + Int64(settings.graceSeconds) * 1_000 }

    mutating func endGracePeriods(at now: Moment, into actions: inout [Action]) {
        while let leave = pendingLeaves.popDue(at: now.monotonic) {
            guard let user = users.index(of: leave.user) else { continue }
            // The user may have come back, and its connection may have broken again.
            if let room = leave.room, let presence = users[user].presence(in: room),
                let leavesAt = users[user].presences[presence].leavesAt
            {
                guard leavesAt <= now.monotonic else {
                    pendingLeaves.add(leave, due: leavesAt)
                    continue
                }
                remove(user, from: room, at: now, into: &actions)
            }
            releaseUnconfirmed(user, into: &actions)
        }
    }

    mutating func remove(_ user: UInt32, from room: RoomID, at now: Moment, into actions: inout [Action]) {
        removeMember(user, from: room)
        users[user].presences.removeAll { $0.room == room }
        let roomName = rooms[room].name
        actions.append(.report(.left(name: users[user].name.text, room: roomName)))
        let count = rooms[room].members.count
        if count > 0, count <= ChatLimits.announcedUsers {
            rooms[room].announcedCount = count
            let event = ServerEvent.system(
                .left(users[user].name, users[user].id, users: count), room: roomName, at: now.wall)
            publish(event, to: room, into: &actions)
        } else if count == 0, !rooms[room].isConfigured {
            rooms.close(room)
            actions.append(.report(.roomClosed(roomName)))
        }
    }

    func publish(_ event: ServerEvent, to room: RoomID, into actions: inout [Action]) {
        actions.append(.publish(room, json: event.json))
    }

    // MARK: rooms

    /// Opens a room with the messages that the replay buffer has of it.
    mutating func openRoom(_ name: String, isConfigured: Bool) -> RoomID {
        let room = rooms.open(name, isConfigured: isConfigured)
        for item in log.replay.items {
            switch item.content {
            case .message(name, let json): rooms[room].history.append(item.seq, json)
            // The messages have the texts of the edits already.
            case .change(let change): if case .reaction = change.kind { rooms[room].history.apply(change) }
            default: break
            }
        }
        if log.replay.after <= log.retentionFloor { rooms[room].history.complete([], more: false) }
        return room
    }

    private mutating func makeRoom(
        _ name: RoomName, create: Bool, _ session: SessionID, into actions: inout [Action]
    ) throws(Refusal) -> RoomID {
        // The site has named the room.
        let isNamed = signedRooms(of: session)?.contains(name.text) == true
        guard isNamed || create && settings.roomCreation else {
            throw .noSuchRoom(name, canBeMade: settings.roomCreation)
        }
        guard rooms.count < ChatLimits.rooms else {
            throw Refusal(.tooManyRooms, "The server has no place for another room.", about: .room(name))
        }
        guard rooms.count(ofClientAt: sessions[slot(of: session)].address) < ChatLimits.roomsOfClient else {
            let sentence =
                "\(ChatLimits.roomsOfClient) rooms were made from your address, the most that there may be at once."
            throw Refusal(.tooManyRooms, sentence, about: .room(name))
        }
        actions.append(.report(.roomOpened(name.text)))
        return openRoom(name.text, isConfigured: false)
    }
}
