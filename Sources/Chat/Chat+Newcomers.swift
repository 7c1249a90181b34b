// What a newcomer gets: its newest private messages, and the newest messages of each of its rooms.

extension Chat {
    /// The private messages come before the rooms, so a newcomer has everything when its rooms have answered. With a gap they are
    /// sent even if there are none: the client learns of the gap before it gets anything newer.
    mutating func beginAsNewcomer(
        _ session: SessionID, _ user: UInt32, gap: Bool, _ refusals: [Refusal], into actions: inout [Action]
    ) {
        catchUps[session.slot] = CatchUp(position: log.seq, isNew: true, gap: gap, refusals: refusals)
        guard users[user].newestPrivate > log.retentionFloor else {
            return gap
                ? sendPrivates(session, .entries([], more: false), into: &actions)
                : continueCatchUp(session, into: &actions)
        }
        readPrivates(session, user, into: &actions)
    }

    /// Reads a newcomer's newest private messages up to its position.
    mutating func readPrivates(_ session: SessionID, _ user: UInt32, into actions: inout [Action]) {
        let before = (catchUps[session.slot]?.position ?? log.seq) + 1
        catchUps[session.slot]?.lacksPrivates = false
        let query = Query.page(.privates(users[user].id), before: before, limit: ChatLimits.newestMessages)
        read(query, for: .privates(session), of: session, into: &actions)
    }

    /// The ledger has answered with a newcomer's newest private messages.
    mutating func sendPrivates(_ session: SessionID, _ answer: Answer, into actions: inout [Action]) {
        guard isConnected(session), let catchUp = catchUps[session.slot] else { return }
        var event = ServerEvent.history(.all, before: nil, messages: [], more: true, gap: true)
        if case .entries(let entries, let more) = answer {
            let messages = entries.map(json).newest(atMost: ChatLimits.frameBytes)
            event = .history(
                .all, before: nil, messages: messages, more: more || messages.count < entries.count, gap: catchUp.gap)
        }
        actions.append(.send(session, json: event.json))
        continueCatchUp(session, into: &actions)
    }

    /// Sends the newest messages of the rooms where the session awaits them, at once or when they are read from the ledger. The session
    /// becomes live in a room at that point. What it has not read bounds what it is sent; `drained` sends the next rooms.
    mutating func sendHistories(to session: SessionID, into actions: inout [Action]) {
        let rooms = sessions[slot(of: session)].memberships.filter { $0.progress.awaitsHistory }.map(\.room)
        let share = min(ChatLimits.pageBytes / max(rooms.count, 1), ChatLimits.frameBytes)
        for room in rooms {
            let newcomer = WaitingNewcomer(session: session, bytes: share)
            switch self.rooms[room].history.loading {
            case .loaded: guard sendHistory(of: room, to: newcomer, into: &actions) else { return }
            case .reading: self.rooms[room].waitingNewcomers.append(newcomer)
            case .notLoaded:
                self.rooms[room].waitingNewcomers.append(newcomer)
                let query = Query.page(
                    .room(self.rooms[room].name), before: log.seq + 1, limit: ChatLimits.newestMessages)
                read(query, for: .room(room, name: self.rooms[room].name), of: nil, into: &actions)
                self.rooms[room].history.beginReading(reads.lastNumber)
            }
        }
    }

    /// The ledger has answered with a room's newest messages.
    mutating func completeHistory(of room: RoomID, _ answer: Answer, into actions: inout [Action]) {
        if case .entries(let entries, let more) = answer {
            // Newer messages are in memory already. Messages that were deleted since the query must not come back.
            let older = entries.filter {
                $0.seq > log.retentionFloor && $0.seq < rooms[room].history.oldest ?? .max
            }
            let messages = older.map { committed in
                var message = committed
                message.entry.details?.reactions = []
                return RoomHistory.StoredMessage(
                    seq: committed.seq, json: json(message), reactions: committed.entry.details?.reactions ?? [])
            }
            rooms[room].history.complete(messages, more: more)
        } else {
            rooms[room].history.fail()
        }
        let newcomers = rooms[room].waitingNewcomers
        rooms[room].waitingNewcomers = []
        for newcomer in newcomers where isConnected(newcomer.session) {
            _ = sendHistory(of: room, to: newcomer, into: &actions)
        }
        rooms.boundHistories()
    }

    /// - Returns: false where the session has to read first what it was sent before.
    private mutating func sendHistory(
        of room: RoomID, to newcomer: WaitingNewcomer, into actions: inout [Action]
    ) -> Bool {
        let session = newcomer.session
        let slot = slot(of: session)
        guard let index = sessions[slot].membership(of: room),
            sessions[slot].memberships[index].progress.awaitsHistory
        else { return true }
        let gap = sessions[slot].memberships[index].progress == .awaitingHistoryAfterGap
        let json = rooms[room].history.newcomersAnswer(room: rooms[room].name, gap: gap, atMost: newcomer.bytes)
        if json.count > ChatLimits.uncountedBytes {
            let unread = unreadHistories[session.slot]
            guard unread.map({ $0 + json.count <= ChatLimits.pageBytes }) ?? true else { return false }
            if unread == nil { actions.append(.awaitDrain(session)) }
            unreadHistories[session.slot] = (unread ?? 0) + json.count
        }
        subscribe(session, to: room, into: &actions)
        actions.append(.send(session, json: json))
        return true
    }

    /// The session becomes live in a room.
    mutating func subscribe(_ session: SessionID, to room: RoomID, into actions: inout [Action]) {
        let slot = slot(of: session)
        guard let index = sessions[slot].membership(of: room) else { preconditionFailure("not a member") }
        sessions[slot].memberships[index].progress = .live
        actions.append(.subscribe(session, room))
        actions.append(.send(session, json: joinedEvent(room).json))
    }
}
