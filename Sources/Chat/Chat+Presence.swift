// Presence: which users are away, and their status lines. A user is away while all of its sessions are away. The tick tells the
// user's rooms about changes, at most once in an interval, so that a client that changes all the time costs little.

import StateCoding

extension Chat {
    /// The command `presence`.
    mutating func setPresence(
        away: Bool?, status: String?, _ session: SessionID, by user: UInt32, into actions: inout [Action]
    ) {
        let slot = slot(of: session)
        if let away, sessions[slot].isAway != away {
            sessions[slot].isAway = away
            // The answer says how the user is now. If that passes before the tick, the session is told so.
            presenceChanges.note(users[user].id, isCertain: isAway(user) != users[user].isAway)
        }
        guard let status else { return answerPresence(session, user, into: &actions) }
        actions.append(.append(.status(users[user].id, text: status), from: session))
    }

    /// The ledger has stored a status line.
    mutating func applyStatus(
        _ id: UserID, _ text: String, from origin: SessionID?, at now: Moment, into actions: inout [Action]
    ) {
        guard let user = users.index(of: id) else { return }
        if users.status(of: user) ?? "" != text {
            users.setStatus(text, of: user)
            presenceChanges.note(id, isCertain: true)
        }
        if let origin, canReceive(origin) { answerPresence(origin, user, into: &actions) }
        // The user may have been muted while the status was on its way.
        if sanctions.active(on: .mute(id), at: now) != nil { removeStatus(of: id, into: &actions) }
    }

    func removeStatus(of id: UserID, into actions: inout [Action]) {
        guard let user = users.index(of: id), users.status(of: user) != nil else { return }
        actions.append(.append(.status(id, text: ""), from: nil))
    }

    private func answerPresence(_ session: SessionID, _ user: UInt32, into actions: inout [Action]) {
        let presence = ServerEvent.UserPresence(isAway: isAway(user), status: users.status(of: user))
        actions.append(
            .send(session, json: ServerEvent.presence(users[user].name, users[user].id, presence).json))
    }

    // MARK: what changes

    /// A session has begun. A user that is in no room comes back without an announcement.
    mutating func notePresence(ofNew slot: UInt32, _ user: UInt32) {
        let isAway = sessions[Int(slot)].isAway
        if users[user].sessions.count == 1, users[user].presences.isEmpty { users[user].isAway = isAway }
        if isAway != users[user].isAway { presenceChanges.note(users[user].id) }
    }

    /// The last session of a user has ended, or ended in a crash.
    mutating func noteLeft(_ user: UInt32, at now: Moment) {
        if now.isClockSettled { users[user].leftAt = UInt32(clamping: now.wall / 1_000) }
    }

    /// Tells the rooms, except large ones, and the users themselves what has changed.
    mutating func announcePresences(at now: Moment, into actions: inout [Action]) {
        var told = 0
        while told < ChatLimits.presencesOfTick, let (id, isCertain) = presenceChanges.popDue(at: now.monotonic) {
            guard let user = users.index(of: id) else { continue }
            let isAway = isAway(user)
            guard isAway != users[user].isAway || isCertain else { continue }
            users[user].isAway = isAway
            told += 1
            let json = ServerEvent.presence(users[user].name, id, presence(of: user)).json
            for presence in users[user].presences where announcesPresence(presence.room) {
                actions.append(.publish(presence.room, json: json))
            }
            for slot in users[user].sessions where !sessions[Int(slot)].memberships.contains(where: isTold) {
                actions.append(.send(session(slot), json: json))
            }
        }
    }

    private func announcesPresence(_ room: RoomID) -> Bool {
        rooms[room].members.count <= ChatLimits.announcedUsers
    }

    private func isTold(_ membership: Membership) -> Bool {
        membership.progress == .live && announcesPresence(membership.room)
    }

    /// As it is now. During the grace period it is as it was before.
    private func isAway(_ user: UInt32) -> Bool {
        let slots = users[user].sessions
        return slots.isEmpty ? users[user].isAway : slots.allSatisfy { sessions[Int($0)].isAway }
    }

    /// As the rooms were told last.
    func presence(of user: UInt32) -> ServerEvent.UserPresence {
        ServerEvent.UserPresence(
            isAway: users[user].isAway, isBot: users.bot(user) != nil, status: users.status(of: user))
    }

    // MARK: who

    /// The command `who`.
    mutating func who(
        _ scope: Scope, _ session: SessionID, by user: UInt32, into actions: inout [Action]
    ) throws(Refusal) {
        switch scope {
        case .room(let name):
            let room = try membership(of: session, in: name, about: .room(name)).room
            let event = ServerEvent.who(
                room: name.text, members: listedMembers(of: room), users: countForOneSession(room))
            actions.append(.send(session, json: event.json))
        case .with(let addressee):
            let (asker, other) = (users[user], try self.user(addressee, about: scope.context))
            guard settings.lastSeen, other.isOffline, asker.newestPrivate > 0, other.newestPrivate > 0 else {
                return sendWho(scope, other.id, isSeen: false, to: session, into: &actions)
            }
            let pending = PendingRead.seen(session, other.id, scope)
            try countRead(pending, of: session, by: user)
            let query = Query.page(
                .conversation(asker.id, other.id), before: log.seq + 1, limit: ChatLimits.pageMessages.upperBound)
            read(query, for: pending, of: session, into: &actions)
        case .all: preconditionFailure("the parser has refused it")
        }
    }

    /// The ledger has answered with the newest messages between two users: whether one of them has written to the other lately.
    mutating func sendSeen(
        _ session: SessionID, _ user: UserID, _ scope: Scope, _ answer: Answer, into actions: inout [Action]
    ) {
        guard canReceive(session) else { return }
        sessions[slot(of: session)].reads -= 1
        guard case .entries(let entries, _) = answer else {
            let refusal = Refusal.notRead(.seen(session, user, scope), "This could not be read in time. Try again.")
            return actions.append(.send(session, json: ServerEvent.error(refusal).json))
        }
        let hasWritten = entries.contains {
            if case .private(let message) = $0.entry { message.user == user } else { false }
        }
        sendWho(scope, user, isSeen: hasWritten && settings.lastSeen, to: session, into: &actions)
    }

    private func sendWho(
        _ scope: Scope, _ id: UserID, isSeen: Bool, to session: SessionID, into actions: inout [Action]
    ) {
        // It may have been released while the ledger was asked.
        guard let user = users.index(of: id) else {
            let refusal = Refusal.noSuchUser(id, about: scope.context)
            return actions.append(.send(session, json: ServerEvent.error(refusal).json))
        }
        let isOffline = users[user].isOffline
        let presence = ServerEvent.UserPresence(
            isAway: !isOffline && isAway(user), isBot: users.bot(user) != nil, status: users.status(of: user))
        let event = ServerEvent.whoUser(
            wire(scope), online: !isOffline, presence, seen: isSeen && isOffline ? users[user].lastSeen : nil)
        actions.append(.send(session, json: event.json))
    }

    private func listedMembers(of room: RoomID) -> [ServerEvent.Member] {
        var (bytes, statusBytes) = (0, 0)
        var listed: [ServerEvent.Member] = []
        for user in rooms[room].members.prefix(ChatLimits.namesListed) {
            var member = ServerEvent.Member(
                name: users[user].name.text, id: users[user].id, presence: presence(of: user))
            bytes += member.name.jsonCount + 3
            guard bytes <= ChatLimits.frameBytes else { break }
            if let status = member.presence.status {
                statusBytes += status.jsonCount + ChatLimits.statusOverhead
                if statusBytes > ChatLimits.frameBytes { member.presence.status = nil }
            }
            listed.append(member)
        }
        return listed
    }
}

extension User {
    /// During the grace period a user counts as here.
    fileprivate var isOffline: Bool { sessions.isEmpty && presences.isEmpty }

    /// In milliseconds since 1970.
    fileprivate var lastSeen: Int64 { leftAt > 0 ? Int64(leftAt) * 1_000 : seen }
}

// MARK: restart state

extension Chat {
    private var awaySlots: [Int] { sessions.indices.filter { sessions[$0].stage == .open && sessions[$0].isAway } }

    /// Those whose rooms have been told that they are away, or of whom the ledger does not know to the minute when they left.
    private var usersToWrite: [UInt32] { users.indices { $0.isAway || Int64($0.leftAt) >= $0.seen / 1_000 + 60 } }

    var hasPresenceState: Bool { !awaySlots.isEmpty || !usersToWrite.isEmpty || !presenceChanges.pending.isEmpty }

    func writePresence(to writer: inout StateWriter) {
        writer.write(each: awaySlots) { $0.write(UInt64($1)) }
        writer.write(each: usersToWrite) { writer, user in
            writer.write(users[user].id.number)
            writer.write(users[user].isAway)
            writer.write(UInt64(users[user].leftAt))
        }
        writer.write(each: presenceChanges.pending) { writer, change in
            writer.write(change.user.number)
            writer.write(change.isCertain)
        }
    }

    mutating func resumePresence(
        from reader: inout StateReader, _ session: (UInt32) -> SessionID?
    ) throws(StateError) {
        try reader.each { (reader) throws(StateError) in
            guard let session = session(try reader.integer()) else { return }
            guard isConnected(session) else { throw StateError() }
            sessions[slot(of: session)].isAway = true
        }
        try reader.each { (reader) throws(StateError) in
            let (id, isAway, leftAt) = (UserID(try reader.uint64()), try reader.bool(), try reader.integer(UInt32.self))
            guard let user = users.index(of: id) else { throw StateError() }
            (users[user].isAway, users[user].leftAt) = (isAway, leftAt)
        }
        try reader.each { (reader) throws(StateError) in
            presenceChanges.note(UserID(try reader.uint64()), isCertain: try reader.bool())
        }
    }
}
