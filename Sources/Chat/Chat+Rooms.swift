// Being in rooms. A room is told of a joiner before the joiner hears the room, and of a leaver after the leaver stopped
// hearing it; the one who does it gets the direct answer, which stands after the change of what it hears. So between
// `joined` and `left` a client hears everything that happens in the room, and nothing outside of them.

extension Chat {
    mutating func join(
        _ name: RoomName, create: Bool, _ session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        let slot = slot(of: session)
        let known = rooms.id(named: name.text)
        if let room = known, sessions[slot].membership(of: room) != nil {
            return actions.append(.send(session, json: joined(room).json))
        }
        guard sessions[slot].memberships.count < ChatLimits.roomsOfSession else {
            throw .tooManyRooms(about: .room(name))
        }
        guard let user = sessions[slot].name else { preconditionFailure("nobody joins before hello") }
        let room = if let known { known } else { try open(name, create: create, into: &actions) }
        sessions[slot].memberships.append(Membership(room: room))
        insertMember(slot, into: room)
        let users = rooms[room].members.count
        if users > 1 {
            publish(.system(.joined(user, users: users), room: name.text, at: now.wall), to: room, into: &actions)
        }
        actions.append(.subscribe(session, room))
        actions.append(.send(session, json: joined(room).json))
        actions.append(.report(.joined(session, name: user.text, room: name.text)))
    }

    /// - Parameter answer: whether the session is still there to be told.
    mutating func leave(
        _ room: RoomID, _ session: SessionID, answer: Bool, at now: Moment, into actions: inout [Action]
    ) {
        let slot = slot(of: session)
        guard let user = sessions[slot].name, let index = sessions[slot].membership(of: room) else {
            preconditionFailure("nobody leaves a room without being in it")
        }
        removeMember(slot, from: room)
        sessions[slot].memberships.remove(at: index)
        let name = rooms[room].name
        actions.append(.unsubscribe(session, room))
        if answer { actions.append(.send(session, json: Event.left(room: name).json)) }
        actions.append(.report(.left(session, name: user.text, room: name)))
        let users = rooms[room].members.count
        if users > 0 {
            publish(.system(.left(user, users: users), room: name, at: now.wall), to: room, into: &actions)
        } else if !rooms[room].isConfigured {
            rooms.close(room)
            actions.append(.report(.roomClosed(name)))
        }
    }

    func publish(_ event: Event, to room: RoomID, into actions: inout [Action]) {
        actions.append(.publish(room, json: event.json))
    }

    /// Keeps the members sorted by their names' keys. The session must have its name.
    mutating func insertMember(_ slot: Int, into room: RoomID) {
        rooms[room].members.insert(UInt32(slot), at: place(of: slot, in: room))
    }

    /// To be called while the session still has the name with which it was inserted.
    mutating func removeMember(_ slot: Int, from room: RoomID) {
        let place = place(of: slot, in: room)
        precondition(rooms[room].members[place] == UInt32(slot), "the members are out of order")
        rooms[room].members.remove(at: place)
    }

    private mutating func open(
        _ name: RoomName, create: Bool, into actions: inout [Action]
    ) throws(Refusal) -> RoomID {
        guard create, settings.roomCreation else { throw .noSuchRoom(name, canBeMade: settings.roomCreation) }
        guard rooms.count < ChatLimits.rooms else {
            throw Refusal(.tooManyRooms, "The server has no place for another room.", about: .room(name))
        }
        actions.append(.report(.roomOpened(name.text)))
        return rooms.open(name.text, isConfigured: false)
    }

    private func joined(_ room: RoomID) -> Event {
        .joined(room: rooms[room].name, users: rooms[room].members.count)
    }

    /// The first place in the room whose key is not below the session's.
    private func place(of slot: Int, in room: RoomID) -> Int {
        let members = rooms[room].members
        let key = key(ofSlot: slot)
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if self.key(ofSlot: Int(members[middle])) < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func key(ofSlot slot: Int) -> String {
        guard let name = sessions[slot].name else { preconditionFailure("nobody is in a room before hello") }
        return name.key
    }
}
