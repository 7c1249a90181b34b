// Being in rooms. A user is in a room while one of its sessions is, and for a grace after the last one's connection broke.
// A room is told of a joiner before the joiner hears the room, and of a leaver after the leaver stopped hearing it; the
// one who does it gets the direct answer, which stands after the change of what it hears.

internal import Primitives

/// Somebody may leave a room, or be away for good, when its time has come.
struct Departure {
    let user: UserID
    /// Nothing for a user that was in no room.
    let room: RoomID?
}

extension Chat {
    /// `join`: in the room from now on, which answers with its newest messages; but what the session missed comes first.
    mutating func join(
        _ name: RoomName, create: Bool, _ session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        let slot = slot(of: session)
        if let room = rooms.id(named: name.text), let index = sessions[slot].membership(of: room) {
            // The answer that is on its way is this one's, too.
            guard sessions[slot].memberships[index].stage == .live else { return }
            return actions.append(.send(session, json: joined(room).json))
        }
        let room = try enter(name, create: create, session, .waiting, at: now, into: &actions)
        if catchUps[session.slot] == nil { show(room, to: session, into: &actions) }
    }

    /// Makes the session a member, and its user one of the people there.
    mutating func enter(
        _ name: RoomName, create: Bool, _ session: SessionID, _ stage: Membership.Stage, at now: Moment,
        into actions: inout [Action]
    ) throws(Refusal) -> RoomID {
        let slot = slot(of: session)
        guard sessions[slot].memberships.count < ChatLimits.roomsOfSession else {
            throw .tooManyRooms(about: .room(name))
        }
        guard let user = sessions[slot].user else { preconditionFailure("nobody joins before hello") }
        let known = rooms.id(named: name.text)
        let room = if let known { known } else { try make(name, create: create, into: &actions) }
        sessions[slot].memberships.append(Membership(room: room, stage: stage))
        actions.append(.joinedRoom(session, room: name.text, room))
        if let presence = users[user].presence(in: room) {
            users[user].presences[presence].sessions += 1
            users[user].presences[presence].leavesAt = nil
            return room
        }
        users[user].presences.append(Presence(room: room, sessions: 1))
        insertMember(user, into: room)
        let users = rooms[room].members.count
        if users > 1, users <= ChatLimits.announcedUsers {
            rooms[room].told = users
            let event = Event.system(.joined(self.users[user].name, users: users), room: name.text, at: now.wall)
            publish(event, to: room, into: &actions)
        }
        actions.append(.report(.joined(session, name: self.users[user].name.text, room: name.text)))
        return room
    }

    /// `leave`: the session no longer hears the room, and its user is gone if no other of its sessions is there.
    mutating func leave(_ room: RoomID, _ session: SessionID, at now: Moment, into actions: inout [Action]) {
        guard let user = sessions[slot(of: session)].user else {
            preconditionFailure("nobody is in a room before hello")
        }
        unhear(room, session, into: &actions)
        actions.append(.send(session, json: Event.left(room: rooms[room].name).json))
        depart(user, from: room, at: now, into: &actions)
    }

    /// The session's connection is gone: its user leaves when the grace is over.
    mutating func drop(_ room: RoomID, _ session: SessionID, at now: Moment, into actions: inout [Action]) {
        guard let user = sessions[slot(of: session)].user, let presence = users[user].presence(in: room) else {
            preconditionFailure("nobody is in a room before hello")
        }
        unhear(room, session, into: &actions)
        users[user].presences[presence].sessions -= 1
        guard users[user].presences[presence].sessions == 0 else { return }
        let due = departure(from: now)
        users[user].presences[presence].leavesAt = due
        departures.add(Departure(user: users[user].id, room: room), due: due)
        if settings.graceSeconds == 0 { depart(at: now, into: &actions) }
    }

    /// The session is thrown out: its user leaves at once where no other session of it is there, and it hears nothing more.
    mutating func vacate(_ session: SessionID, at now: Moment, into actions: inout [Action]) {
        guard let user = sessions[slot(of: session)].user else { return }
        while let room = sessions[slot(of: session)].memberships.last?.room {
            unhear(room, session, into: &actions)
            depart(user, from: room, at: now, into: &actions)
        }
    }

    /// One session less of the user is in the room.
    private mutating func depart(_ user: UInt32, from room: RoomID, at now: Moment, into actions: inout [Action]) {
        guard let presence = users[user].presence(in: room) else { preconditionFailure("not there") }
        users[user].presences[presence].sessions -= 1
        if users[user].presences[presence].sessions == 0 { remove(user, from: room, at: now, into: &actions) }
    }

    func departure(from now: Moment) -> Int64 { now.monotonic + Int64(settings.graceSeconds) * 1_000 }

    /// Those whose grace is over leave.
    mutating func depart(at now: Moment, into actions: inout [Action]) {
        while let departure = departures.popDue(at: now.monotonic) {
            guard let user = users.place(of: departure.user) else { continue }
            if let room = departure.room, let presence = users[user].presence(in: room),
                let leavesAt = users[user].presences[presence].leavesAt, leavesAt <= now.monotonic
            {
                remove(user, from: room, at: now, into: &actions)
            }
            releaseIfUnproven(user, into: &actions)
        }
    }

    private mutating func unhear(_ room: RoomID, _ session: SessionID, into actions: inout [Action]) {
        let slot = slot(of: session)
        guard let index = sessions[slot].membership(of: room) else { preconditionFailure("not a member") }
        actions.append(.leftRoom(session, room))
        if sessions[slot].memberships.remove(at: index).stage == .live {
            actions.append(.unsubscribe(session, room))
        }
    }

    private mutating func remove(_ user: UInt32, from room: RoomID, at now: Moment, into actions: inout [Action]) {
        removeMember(user, from: room)
        users[user].presences.removeAll { $0.room == room }
        let name = rooms[room].name
        actions.append(.report(.left(name: users[user].name.text, room: name)))
        let users = rooms[room].members.count
        if users > 0, users <= ChatLimits.announcedUsers {
            rooms[room].told = users
            publish(
                .system(.left(self.users[user].name, users: users), room: name, at: now.wall), to: room, into: &actions)
        } else if users == 0, !rooms[room].isConfigured {
            rooms.close(room)
            actions.append(.report(.roomClosed(name)))
        }
    }

    /// In large rooms people are told how many they are, from time to time.
    mutating func tellCounts(at now: Moment, into actions: inout [Action]) {
        guard now.monotonic >= countsDue else { return }
        countsDue = now.monotonic + ChatLimits.countInterval
        for room in rooms.ids {
            let users = rooms[room].members.count
            let isNews = users != rooms[room].told || rooms[room].isToldOtherwise
            guard isNews, max(users, rooms[room].told) > ChatLimits.announcedUsers else { continue }
            rooms[room].told = users
            rooms[room].isToldOtherwise = false
            publish(.system(.count(users: users), room: rooms[room].name, at: now.wall), to: room, into: &actions)
        }
    }

    func publish(_ event: Event, to room: RoomID, into actions: inout [Action]) {
        actions.append(.publish(room, json: event.json))
    }

    mutating func joined(_ room: RoomID) -> Event { .joined(room: rooms[room].name, users: number(in: room)) }

    /// The number of people in the room, for one who is told by itself.
    mutating func number(in room: RoomID) -> Int {
        let users = rooms[room].members.count
        if users != rooms[room].told { rooms[room].isToldOtherwise = true }
        return users
    }

    // MARK: the people of a room

    /// Keeps the members sorted by their names' keys.
    mutating func insertMember(_ user: UInt32, into room: RoomID) {
        rooms[room].members.insert(user, at: place(of: user, in: room))
    }

    /// To be called while the user still has the name with which it was inserted.
    mutating func removeMember(_ user: UInt32, from room: RoomID) {
        let place = place(of: user, in: room)
        precondition(rooms[room].members[place] == user, "the members are out of order")
        rooms[room].members.remove(at: place)
    }

    /// The first place in the room whose key is not below the user's.
    private func place(of user: UInt32, in room: RoomID) -> Int {
        let key = users[user].name.key
        return rooms[room].members.partitioningIndex { users[$0].name.key >= key }
    }

    private mutating func make(
        _ name: RoomName, create: Bool, into actions: inout [Action]
    ) throws(Refusal) -> RoomID {
        guard create, settings.roomCreation else { throw .noSuchRoom(name, canBeMade: settings.roomCreation) }
        guard rooms.count < ChatLimits.rooms else {
            throw Refusal(.tooManyRooms, "The server has no place for another room.", about: .room(name))
        }
        actions.append(.report(.roomOpened(name.text)))
        return open(name.text, isConfigured: false)
    }
}
