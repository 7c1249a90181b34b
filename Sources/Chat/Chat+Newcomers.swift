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
            event = .history(.all, before: nil, messages: entries.map(json), more: more, gap: catchUp.gap)
        }
        actions.append(.send(session, json: event.json))
        continueCatchUp(session, into: &actions)
    }

    /// Sends a room's newest messages to a member that awaits them, at once or when they are read from the ledger. The session
    /// becomes live at that point.
    /// - Parameters:
    ///   - gap: whether messages may be missing between what the client has and what it gets.
    ///   - limit: bytes of messages.
    mutating func sendHistory(
        of room: RoomID, to session: SessionID, gap: Bool = false, atMost limit: Int = ChatLimits.pageBytes,
        into actions: inout [Action]
    ) {
        let newcomer = WaitingNewcomer(session: session, gap: gap, bytes: limit)
        switch rooms[room].history.loading {
        case .loaded: return sendHistory(of: room, to: newcomer, into: &actions)
        case .reading: break
        case .notLoaded:
            let query = Query.page(
                .room(rooms[room].name), before: log.seq + 1, limit: ChatLimits.newestMessages)
            read(query, for: .room(room, name: rooms[room].name), of: nil, into: &actions)
            rooms[room].history.beginReading(reads.lastNumber)
        }
        rooms[room].waitingNewcomers.append(newcomer)
    }

    /// The ledger has answered with a room's newest messages.
    mutating func completeHistory(of room: RoomID, _ answer: Answer, into actions: inout [Action]) {
        if case .entries(let entries, let more) = answer {
            // Newer messages are in memory already. Messages that were deleted since the query must not come back.
            let older = entries.filter {
                $0.seq > log.retentionFloor && $0.seq < rooms[room].history.oldest ?? .max
            }
            rooms[room].history.complete(older.map { ($0.seq, json($0)) }, more: more)
        } else {
            rooms[room].history.fail()
        }
        let newcomers = rooms[room].waitingNewcomers
        rooms[room].waitingNewcomers = []
        for newcomer in newcomers where isConnected(newcomer.session) {
            let slot = slot(of: newcomer.session)
            guard let index = sessions[slot].membership(of: room),
                sessions[slot].memberships[index].progress == .awaitingHistory
            else { continue }
            sendHistory(of: room, to: newcomer, into: &actions)
        }
    }

    private mutating func sendHistory(
        of room: RoomID, to newcomer: WaitingNewcomer, into actions: inout [Action]
    ) {
        subscribe(newcomer.session, to: room, into: &actions)
        let json = rooms[room].history.newcomersAnswer(
            room: rooms[room].name, gap: newcomer.gap, atMost: newcomer.bytes)
        actions.append(.send(newcomer.session, json: json))
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
