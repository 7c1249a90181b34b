// What each command does.

extension Chat {
    /// Does a command of a session that has said hello.
    mutating func perform(
        _ command: Command, of session: SessionID, named name: UserName, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        switch command {
        case .hello: preconditionFailure("a second hello is refused before it gets here")
        case .rename(let new): try rename(session, from: name, to: new, at: now, into: &actions)
        case .message(let id, let room, let text):
            _ = try membership(of: session, in: room, about: .message(id))
            let message = Message(id: id.text, room: room.text, from: name.text, text: text, at: now.wall)
            actions.append(.append(.message(message)))
        case .join(let room, let create): try join(room, create: create, session, at: now, into: &actions)
        case .leave(let room):
            if let id = rooms.id(named: room.text), sessions[slot(of: session)].membership(of: id) != nil {
                leave(id, session, answer: true, at: now, into: &actions)
            } else {
                actions.append(.send(session, json: Event.left(room: room.text).json))
            }
        case .rooms:
            let listing = rooms.listing(atMost: ChatLimits.roomsListed)
            actions.append(.send(session, json: Event.rooms(listing, of: rooms.count).json))
        case .who(let room):
            let index = try membership(of: session, in: room, about: .room(room))
            let members = rooms[sessions[slot(of: session)].memberships[index].room].members
            let names = members.prefix(ChatLimits.namesListed).compactMap { sessions[Int($0)].name?.text }
            actions.append(.send(session, json: Event.who(room: room.text, names: names, users: members.count).json))
        case .typing(let room):
            let index = try membership(of: session, in: room, about: .room(room))
            typing(session, named: name, membership: index, at: now, into: &actions)
        }
    }

    /// The first command of a session: it gets a name, then the rooms that it wants, each with the answer that `join` gives.
    mutating func hello(
        _ wanted: UserName?, _ wantedRooms: [RoomName]?, _ session: SessionID, at now: Moment,
        into actions: inout [Action]
    ) throws(Refusal) {
        if let wanted, !names.isFree(wanted) {
            throw .nameTaken(wanted, proposal: names.proposal(for: wanted))
        }
        let name = wanted ?? names.assigned()
        names.claim(name, for: session.slot)
        sessions[slot(of: session)].name = name
        actions.append(.report(.named(session, name: name.text)))
        actions.append(.send(session, json: Event.welcome(name: name, seq: seq, settings).json))
        for room in wantedRooms ?? settings.rooms.prefix(1).compactMap(RoomName.init) {
            do throws(Refusal) {
                try join(room, create: false, session, at: now, into: &actions)
            } catch {
                actions.append(.send(session, json: Event.error(error).json))
            }
        }
    }

    private mutating func rename(
        _ session: SessionID, from old: UserName, to new: UserName, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        guard new.key == old.key || names.isFree(new) else {
            throw .nameTaken(new, proposal: names.proposal(for: new))
        }
        actions.append(.send(session, json: Event.renamed(name: new).json))
        // Compared byte by byte: another spelling of the same characters is worth telling.
        guard !new.text.utf8.elementsEqual(old.text.utf8) else { return }
        let slot = slot(of: session)
        for membership in sessions[slot].memberships { removeMember(slot, from: membership.room) }
        names.release(old)
        names.claim(new, for: session.slot)
        sessions[slot].name = new
        actions.append(.report(.renamed(session, name: new.text, was: old.text)))
        for membership in sessions[slot].memberships {
            insertMember(slot, into: membership.room)
            let event = Event.system(.renamed(new, was: old), room: rooms[membership.room].name, at: now.wall)
            publish(event, to: membership.room, into: &actions)
        }
    }

    private mutating func typing(
        _ session: SessionID, named name: UserName, membership index: Int, at now: Moment, into actions: inout [Action]
    ) {
        let slot = slot(of: session)
        let membership = sessions[slot].memberships[index]
        guard now.monotonic >= membership.typingFrom else { return }
        sessions[slot].memberships[index].typingFrom = now.monotonic + ChatLimits.typingInterval
        let event = Event.typing(room: rooms[membership.room].name, from: name)
        publish(event, to: membership.room, into: &actions)
    }

    /// The place of the room among those that the session is in.
    private func membership(
        of session: SessionID, in room: RoomName, about subject: Refusal.Subject
    ) throws(Refusal) -> Int {
        guard let id = rooms.id(named: room.text),
            let index = sessions[slot(of: session)].membership(of: id)
        else { throw .notInRoom(room, about: subject) }
        return index
    }
}
