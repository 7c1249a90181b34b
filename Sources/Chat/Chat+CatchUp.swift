// What a session gets between its welcome and live events: a newcomer the newest messages of each room (Chat+Newcomers.swift), a
// returning client exactly what it missed. Neither leaves a hole or overlaps with the live events: everything up to `log.seq` has
// been sent to live sessions, so a session gets everything up to there from memory or from the ledger, and then becomes live.

internal import DequeModule
internal import Primitives

extension Chat {
    /// Joins the rooms of the hello, and begins to catch up. Called after the welcome.
    mutating func beginCatchUp(
        _ session: SessionID, _ user: UInt32, _ hello: HelloCommand, at now: Moment, into actions: inout [Action]
    ) {
        let position = position(of: hello)
        if users[user].isConfirmed {
            sendReadPositions(to: session, users[user].id, since: position, into: &actions)
        }
        var refusals = hello.roomRefusals
        for name in hello.rooms ?? [defaultRoom(of: session, user)].compactMap(\.self).compactMap(RoomName.init) {
            if let room = rooms.id(named: name.text), sessions[slot(of: session)].membership(of: room) != nil {
                continue
            }
            do throws(Refusal) {
                let progress: Membership.Progress = position == nil ? .awaitingHistory : .catchingUp
                _ = try addMembership(name, create: hello.create, session, progress, at: now, into: &actions)
            } catch {
                refusals.append(error)
            }
        }
        if let position {
            send(refusals, to: session, into: &actions)
            catchUps[session.slot] = CatchUp(position: position)
            continueCatchUp(session, into: &actions)
        } else {
            beginAsNewcomer(session, user, gap: hello.since != nil, refusals, into: &actions)
        }
    }

    private func defaultRoom(of session: SessionID, _ user: UInt32) -> String? {
        if let rooms = signedRooms(of: session) { return rooms.first }
        return users.bot(user)?.rooms.first ?? settings.rooms[0]
    }

    /// - Returns: the position of a returning client; nil for a newcomer, and where the position is not one of this ledger.
    private func position(of hello: HelloCommand) -> UInt64? {
        guard let since = hello.since, since <= log.seq, (hello.ledger ?? log.id) == log.id else { return nil }
        return since
    }

    /// Sends the next part of what the session missed. After the last part the session becomes live.
    mutating func continueCatchUp(_ session: SessionID, into actions: inout [Action]) {
        guard let user = sessions[slot(of: session)].user, let catchUp = catchUps[session.slot] else { return }
        if catchUp.lacksPrivates { return readPrivates(session, user, into: &actions) }
        // Some of what the session missed may be deleted.
        guard catchUp.position >= log.retentionFloor else { return restartCatchUp(session, into: &actions) }
        let names = catchingUpRooms(of: session)
        guard catchUp.position >= log.replay.after || missedNothing(user, names, since: catchUp.position) else {
            let query = Query.missed(
                users[user].id, rooms: names, after: catchUp.position, upTo: log.seq,
                limit: ChatLimits.pageMessages.upperBound, atMost: ChatLimits.missedMessages)
            return read(query, for: .missed(session, upTo: log.seq), of: session, into: &actions)
        }
        guard replayMissed(session, users[user].id, names, after: catchUp.position, into: &actions) else {
            return actions.append(.awaitDrain(session))
        }
        endCatchUp(session, catchUp, into: &actions)
    }

    /// Sends what the session missed from the replay buffer, until a page is full.
    /// - Returns: whether that was all.
    private mutating func replayMissed(
        _ session: SessionID, _ user: UserID, _ names: [String], after position: UInt64,
        into actions: inout [Action]
    ) -> Bool {
        var bytes = 0
        let items = log.replay.items
        for index in items.partitioningIndex(where: { $0.seq > position })..<items.count {
            let item = items[index]
            switch item.content {
            case .message(let room, let json), .topic(let room, let json):
                guard names.contains(room) else { continue }
                bytes += json.count
                actions.append(.send(session, json: json))
            case .private(let message):
                guard message.user == user || message.peer == user else { continue }
                let json = json(Committed(seq: item.seq, entry: .private(message)))
                bytes += json.count
                actions.append(.send(session, json: json))
            case .announcement(let json):
                bytes += json.count
                actions.append(.send(session, json: json))
            case .change(let change):
                guard concerns(change, session, names) else { continue }
                let json = json(Committed(seq: item.seq, entry: .change(change)))
                bytes += json.count
                actions.append(.send(session, json: json))
            }
            if bytes > ChatLimits.pageBytes, index + 1 < items.count {
                catchUps[session.slot]?.position = item.seq
                return false
            }
        }
        return true
    }

    /// The session has everything up to `log.seq`: it becomes live in its rooms.
    private mutating func endCatchUp(_ session: SessionID, _ catchUp: CatchUp, into actions: inout [Action]) {
        catchUps[session.slot] = nil
        send(catchUp.refusals, to: session, into: &actions)
        let slot = slot(of: session)
        for index in sessions[slot].memberships.indices {
            switch sessions[slot].memberships[index].progress {
            case .catchingUp: subscribe(session, to: sessions[slot].memberships[index].room, into: &actions)
            case .awaitingHistory where catchUp.gap:
                sessions[slot].memberships[index].progress = .awaitingHistoryAfterGap
            case .awaitingHistory, .awaitingHistoryAfterGap, .live: break
            }
        }
        sendHistories(to: session, into: &actions)
    }

    /// The ledger has answered with a part of what the session missed, up to the number `upTo`.
    mutating func sendMissed(_ session: SessionID, _ answer: Answer, upTo: UInt64, into actions: inout [Action]) {
        guard isConnected(session), let catchUp = catchUps[session.slot] else { return }
        guard case .entries(let entries, let more) = answer, catchUp.position >= log.retentionFloor else {
            return restartCatchUp(session, into: &actions)
        }
        let names = catchingUpRooms(of: session)
        var bytes = 0
        var isCut = false
        for entry in entries where !isCut {
            // The session may have left the room meanwhile.
            switch entry.entry {
            case .message(let message) where !names.contains(message.room): continue
            case .topic(let topic) where !names.contains(topic.room): continue
            case .change(let change) where !concerns(change, session, names): continue
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

    /// Everything that was sent to the session is written, after `Action.awaitDrain`.
    package mutating func drained(_ session: SessionID, into actions: inout [Action]) {
        guard isConnected(session) else { return }
        unreadHistories[session.slot] = nil
        if catchUps[session.slot] == nil {
            sendHistories(to: session, into: &actions)
        } else {
            continueCatchUp(session, into: &actions)
        }
    }

    /// The session missed too much, or it can't be read: the session gets what a newcomer gets, marked as a gap.
    private mutating func restartCatchUp(_ session: SessionID, into actions: inout [Action]) {
        let slot = slot(of: session)
        guard let user = sessions[slot].user else { return }
        let refusals = catchUps[session.slot]?.refusals ?? []
        for index in sessions[slot].memberships.indices
        where sessions[slot].memberships[index].progress == .catchingUp {
            sessions[slot].memberships[index].progress = .awaitingHistory
        }
        beginAsNewcomer(session, user, gap: true, refusals, into: &actions)
    }

    /// Whether the session may have got the message of the change.
    private func concerns(_ change: Change, _ session: SessionID, _ rooms: [String]) -> Bool {
        switch change.audience {
        case nil: false
        case .room(let room): rooms.contains(room)
        case .between(let one, let other, _, _):
            sessions[slot(of: session)].user.map { [one, other].contains(users[$0].id) } ?? false
        }
    }

    private func missedNothing(_ user: UInt32, _ names: [String], since position: UInt64) -> Bool {
        users[user].newestPrivate <= position && log.newestNotice <= position
            && names.allSatisfy { name in
                rooms.id(named: name).flatMap { rooms[$0].history.newest }.map { $0 <= position } == true
            }
    }

    private func send(_ refusals: [Refusal], to session: SessionID, into actions: inout [Action]) {
        for refusal in refusals { actions.append(.send(session, json: ServerEvent.error(refusal).json)) }
    }

    private func catchingUpRooms(of session: SessionID) -> [String] {
        sessions[slot(of: session)].memberships.filter { $0.progress == .catchingUp }.map { rooms[$0.room].name }
    }
}
