// What somebody who comes gets before it hears live events: a newcomer each room's newest messages; whoever was here before
// exactly what it missed. Both join with the live events with no hole and no overlap: everything up to `seq` has been
// told, so up to there a session is served from memory or from the ledger, and at that same point it becomes live.

internal import DequeModule

/// Somebody on its way to the present.
struct CatchUp {
    /// It has everything up to this number.
    var position: UInt64
    /// Whether its rooms show it their newest messages at the end, for it is a newcomer to them.
    var isNew = false
    /// Whether it was here before, so that something may be missing between what it has and what it gets.
    var gap = false
    /// Why a newcomer is not in some of the rooms that it wants to be in. Told when the others answer: once all of them
    /// have, it takes everything up to there for processed. (Whoever is back has to hear at once what it does not get.)
    var refusals: [Refusal] = []
}

extension Chat {
    /// After the welcome: into the rooms.
    mutating func beginCatchUp(
        _ session: SessionID, _ user: UInt32, _ hello: Hello, at now: Moment, into actions: inout [Action]
    ) {
        let position = position(of: hello)
        var refusals: [Refusal] = []
        for name in hello.rooms ?? settings.rooms.prefix(1).compactMap(RoomName.init) {
            if let room = rooms.id(named: name.text), sessions[slot(of: session)].membership(of: room) != nil {
                continue
            }
            do throws(Refusal) {
                let stage: Membership.Stage = position == nil ? .waiting : .catchingUp
                _ = try enter(name, create: hello.create, session, stage, at: now, into: &actions)
            } catch {
                refusals.append(error)
            }
        }
        if let position {
            tell(refusals, session, into: &actions)
            catchUps[session.slot] = CatchUp(position: position)
            advance(session, into: &actions)
        } else {
            begin(session, user, gap: hello.since != nil, refusals, into: &actions)
        }
    }

    /// From where on somebody can be given what it missed; nothing for a newcomer, and where that can't be done.
    private func position(of hello: Hello) -> UInt64? {
        guard let since = hello.since, since <= seq, (hello.ledger ?? ledger) == ledger else { return nil }
        return since
    }

    /// A newcomer: its private messages first, then the rooms. So once the rooms have answered it has everything. Where there
    /// is a gap they are shown even if there are none: the client hears of the gap before anything that is after it.
    private mutating func begin(
        _ session: SessionID, _ user: UInt32, gap: Bool, _ refusals: [Refusal], into actions: inout [Action]
    ) {
        catchUps[session.slot] = CatchUp(position: seq, isNew: true, gap: gap, refusals: refusals)
        guard users[user].newestPrivate > floor else {
            return gap
                ? showPrivates(session, .entries([], more: false), into: &actions) : advance(session, into: &actions)
        }
        let query = Query.page(.privates(users[user].id), before: seq + 1, limit: ChatLimits.newestMessages)
        ask(.privates(session), query, into: &actions)
    }

    /// A newcomer's newest private messages.
    mutating func showPrivates(_ session: SessionID, _ answer: Answer, into actions: inout [Action]) {
        guard isCurrent(session), let catchUp = catchUps[session.slot] else { return }
        var event = Event.history(.all, before: nil, messages: [], more: true, gap: true)
        if case .entries(let entries, let more) = answer {
            event = .history(.all, before: nil, messages: entries.map(json), more: more, gap: catchUp.gap)
        }
        actions.append(.send(session, json: event.json))
        advance(session, into: &actions)
    }

    // MARK: newcomers

    /// Shows a room to somebody who is in it and waits: at once, or as soon as its newest messages are read.
    /// - Parameter limit: bytes of messages.
    mutating func show(
        _ room: RoomID, to session: SessionID, gap: Bool = false, atMost limit: Int = ChatLimits.pageBytes,
        into actions: inout [Action]
    ) {
        let waiter = Waiting(session: session, gap: gap, bytes: limit)
        switch rooms[room].recent.stage {
        case .known: goLive(room, waiter, into: &actions)
        case .reading: rooms[room].waiting.append(waiter)
        case .unknown:
            rooms[room].waiting.append(waiter)
            let query = Query.page(
                .room(rooms[room].name), before: seq + 1, limit: ChatLimits.newestMessages)
            ask(.room(room, name: rooms[room].name), query, into: &actions)
            rooms[room].recent.beginReading(lastQuestion)
        }
    }

    /// The room's newest messages from before it was opened.
    mutating func complete(_ room: RoomID, _ answer: Answer, into actions: inout [Action]) {
        if case .entries(let entries, let more) = answer {
            // What has been said since the question is there already; what was deleted since is to stay away.
            let older = entries.filter { $0.seq > floor && $0.seq < rooms[room].recent.oldest ?? .max }
            rooms[room].recent.complete(older.map { ($0.seq, json($0)) }, more: more)
        } else {
            rooms[room].recent.fail()
        }
        let waiting = rooms[room].waiting
        rooms[room].waiting = []
        for waiter in waiting where isCurrent(waiter.session) {
            let slot = slot(of: waiter.session)
            guard let index = sessions[slot].membership(of: room), sessions[slot].memberships[index].stage == .waiting
            else { continue }
            goLive(room, waiter, into: &actions)
        }
    }

    private mutating func goLive(_ room: RoomID, _ waiter: Waiting, into actions: inout [Action]) {
        hear(room, waiter.session, into: &actions)
        let json = rooms[room].recent.newcomersAnswer(
            room: rooms[room].name, gap: waiter.gap, atMost: waiter.bytes)
        actions.append(.send(waiter.session, json: json))
    }

    /// From here on the session hears the room.
    private mutating func hear(_ room: RoomID, _ session: SessionID, into actions: inout [Action]) {
        let slot = slot(of: session)
        guard let index = sessions[slot].membership(of: room) else { preconditionFailure("not a member") }
        sessions[slot].memberships[index].stage = .live
        actions.append(.subscribe(session, room))
        actions.append(.send(session, json: joined(room).json))
    }

    // MARK: those that were here before

    /// Gives the session the next piece of what it missed; at the end of it, it hears its rooms.
    mutating func advance(_ session: SessionID, into actions: inout [Action]) {
        guard let user = sessions[slot(of: session)].user, let catchUp = catchUps[session.slot] else { return }
        // What is deleted may have been for it.
        guard catchUp.position >= floor else { return restartCatchUp(session, into: &actions) }
        let names = catchingUp(session)
        guard catchUp.position >= replay.after || missedNothing(user, names, since: catchUp.position) else {
            let query = Query.missed(
                users[user].id, rooms: names, after: catchUp.position, upTo: seq,
                limit: ChatLimits.pageMessages.upperBound,
                atMost: ChatLimits.missedMessages)
            return ask(.missed(session, upTo: seq), query, into: &actions)
        }
        var bytes = 0
        for index in replay.index(after: catchUp.position)..<replay.items.count {
            let item = replay.items[index]
            switch item.place {
            case .room(let room):
                guard names.contains(room) else { continue }
                bytes += item.json.count
                actions.append(.send(session, json: item.json))
            case .private(let message):
                guard message.user == users[user].id || message.peer == users[user].id else { continue }
                bytes += message.text.utf8.count
                actions.append(.send(session, json: json(Committed(seq: item.seq, entry: .private(message)))))
            case .everywhere:
                bytes += item.json.count
                actions.append(.send(session, json: item.json))
            case .deletion(let deletion):
                guard concerns(deletion, session, names) else { continue }
                actions.append(.send(session, json: json(Committed(seq: item.seq, entry: .deletion(deletion)))))
            }
            if bytes > ChatLimits.pageBytes, index + 1 < replay.items.count {
                catchUps[session.slot]?.position = item.seq
                return actions.append(.awaitDrain(session))
            }
        }
        catchUps[session.slot] = nil
        tell(catchUp.refusals, session, into: &actions)
        let memberships = sessions[slot(of: session)].memberships
        // All rooms together show no more than one would: it has to fit what may wait for a reader.
        let share = ChatLimits.pageBytes / max(memberships.count { $0.stage == .waiting }, 1)
        for membership in memberships {
            switch membership.stage {
            case .catchingUp: hear(membership.room, session, into: &actions)
            case .waiting: show(membership.room, to: session, gap: catchUp.gap, atMost: share, into: &actions)
            case .live: break
            }
        }
    }

    /// A piece of what the session missed, from the ledger.
    mutating func missed(_ session: SessionID, _ answer: Answer, upTo: UInt64, into actions: inout [Action]) {
        guard isCurrent(session), let catchUp = catchUps[session.slot] else { return }
        guard case .entries(let entries, let more) = answer, catchUp.position >= floor else {
            return restartCatchUp(session, into: &actions)
        }
        let names = catchingUp(session)
        var bytes = 0
        var isCut = false
        for entry in entries where !isCut {
            // It may have left the room meanwhile.
            switch entry.entry {
            case .message(let message) where !names.contains(message.room): continue
            case .deletion(let deletion) where !concerns(deletion, session, names): continue
            default: break
            }
            let json = json(entry)
            bytes += json.count
            actions.append(.send(session, json: json))
            catchUps[session.slot]?.position = entry.seq
            isCut = bytes > ChatLimits.pageBytes && entry.seq != entries.last?.seq
        }
        if !more, !isCut { catchUps[session.slot]?.position = upTo }
        actions.append(.awaitDrain(session))
    }

    /// All that was sent to the session is written: on with what it missed.
    package mutating func drained(_ session: SessionID, into actions: inout [Action]) {
        if isCurrent(session) { advance(session, into: &actions) }
    }

    /// What it missed is too much, or can't be had: it gets what a newcomer gets, and is told.
    private mutating func restartCatchUp(_ session: SessionID, into actions: inout [Action]) {
        let slot = slot(of: session)
        guard let user = sessions[slot].user else { return }
        let refusals = catchUps[session.slot]?.refusals ?? []
        for index in sessions[slot].memberships.indices where sessions[slot].memberships[index].stage == .catchingUp {
            sessions[slot].memberships[index].stage = .waiting
        }
        begin(session, user, gap: true, refusals, into: &actions)
    }

    /// Whether the session may have got what was withdrawn.
    private func concerns(_ deletion: Deletion, _ session: SessionID, _ rooms: [String]) -> Bool {
        switch deletion.place {
        case .room(let room): rooms.contains(room)
        case .between(let one, let other, _, _):
            sessions[slot(of: session)].user.map { [one, other].contains(users[$0].id) } ?? false
        }
    }

    private func missedNothing(_ user: UInt32, _ names: [String], since position: UInt64) -> Bool {
        users[user].newestPrivate <= position && noticed <= position
            && names.allSatisfy { name in
                rooms.id(named: name).flatMap { rooms[$0].recent.newest }.map { $0 <= position } == true
            }
    }

    private func tell(_ refusals: [Refusal], _ session: SessionID, into actions: inout [Action]) {
        for refusal in refusals { actions.append(.send(session, json: Event.error(refusal).json)) }
    }

    private func catchingUp(_ session: SessionID) -> [String] {
        sessions[slot(of: session)].memberships.filter { $0.stage == .catchingUp }.map { rooms[$0.room].name }
    }
}
