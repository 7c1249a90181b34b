// The commands `history` and `search`. What is not in memory is read from the ledger.

extension Chat {
    mutating func history(
        _ scope: Scope, _ page: Page, _ session: SessionID, by user: UInt32, into actions: inout [Action]
    ) throws(Refusal) {
        let before = min(page.before ?? .max, log.seq + 1)
        let source: Query.Source
        switch scope {
        case .room(let name):
            let room = try membership(of: session, in: name, about: .room(name)).room
            if let (messages, more) = rooms[room].history.page(before: before, limit: page.limit) {
                let event = ServerEvent.history(
                    .room(name.text), before: page.before, messages: messages, more: more, gap: false)
                return actions.append(.send(session, json: event.json))
            }
            source = .room(name.text)
        case .with(let peer): source = .conversation(users[user].id, try self.user(peer, about: scope.context).id)
        case .all: source = .privates(users[user].id)
        }
        let pending = PendingRead.history(session, scope, page)
        try countRead(pending, of: session, by: user)
        read(.page(source, before: before, limit: page.limit), for: pending, of: session, into: &actions)
    }

    mutating func search(
        _ words: String, _ scope: Scope, _ page: Page, _ session: SessionID, by user: UInt32,
        into actions: inout [Action]
    ) throws(Refusal) {
        var names = sessions[slot(of: session)].memberships.map { rooms[$0.room].name }
        var privates = Query.Privates.all
        switch scope {
        case .room(let name):
            _ = try membership(of: session, in: name, about: .room(name))
            (names, privates) = ([name.text], .none)
        case .with(let peer): (names, privates) = ([], .with(try self.user(peer, about: scope.context).id))
        case .all: break
        }
        let pending = PendingRead.search(session, words, scope, page)
        try countRead(pending, of: session, by: user)
        let query = Query.search(
            words, users[user].id, rooms: names, privates: privates, before: min(page.before ?? .max, log.seq + 1),
            limit: page.limit)
        read(query, for: pending, of: session, into: &actions)
    }

    mutating func countRead(_ read: PendingRead, of session: SessionID, by user: UInt32) throws(Refusal) {
        guard sessions[slot(of: session)].reads < ChatLimits.readsOfSession,
            reads.commands(of: users[user].id) < ChatLimits.readsOfUser
        else { throw .notRead(read, "Wait for the answers to your earlier commands.") }
        sessions[slot(of: session)].reads += 1
    }

    // MARK: queries and answers

    /// - Parameter session: whose user has asked; nil for the chat itself.
    mutating func read(
        _ query: Query, for read: PendingRead, of session: SessionID?, into actions: inout [Action]
    ) {
        let user = session.flatMap { sessions[slot(of: $0)].user }.map { users[$0].id }
        actions.append(.read(reads.add(read, query, for: user), query, for: user))
    }

    /// The ledger has answered the query of an `Action.read`.
    /// - Parameter number: that of the action; another one is a bug of the caller.
    package mutating func answered(_ number: UInt64, _ answer: Answer, into actions: inout [Action]) {
        let (read, answer) = reads.remove(number, answer)
        switch read {
        case .room(let room, let name):
            if rooms.id(named: name) == room, rooms[room].history.loading == .reading(number) {
                completeHistory(of: room, answer, into: &actions)
            }
        case .privates(let session): sendPrivates(session, answer, into: &actions)
        case .positions(let session): sendReadPositions(session, answer, into: &actions)
        case .request(let number, let room, let before): self.answer(number, room, before, answer, into: &actions)
        case .seen(let session, let user, let scope): sendSeen(session, user, scope, answer, into: &actions)
        case .missed(let session, let upTo): sendMissed(session, answer, upTo: upTo, into: &actions)
        case .history(let session, let scope, let page):
            let wire = wire(scope)
            reply(session, read, answer, newestFirst: false, into: &actions) { messages, more, _ in
                .history(wire, before: page.before, messages: messages, more: more, gap: false)
            }
        case .search(let session, let words, let scope, let page):
            let wire = wire(scope)
            reply(session, read, answer, newestFirst: true, into: &actions) { messages, more, next in
                .found(words, wire, before: page.before, messages: messages, more: more, next: next)
            }
        }
    }

    private mutating func reply(
        _ session: SessionID, _ read: PendingRead, _ answer: Answer, newestFirst: Bool, into actions: inout [Action],
        _ event: (_ messages: [[UInt8]], _ more: Bool, _ next: UInt64?) -> ServerEvent
    ) {
        guard canReceive(session) else { return }
        sessions[slot(of: session)].reads -= 1
        let bytes = ChatLimits.frameBytes
        let reply: ServerEvent
        switch answer {
        case .entries(let entries, let more):
            let all = entries.map(json)
            let messages = newestFirst ? all.first(atMost: bytes) : all.newest(atMost: bytes)
            reply = event(messages, more || messages.count < all.count, nil)
        case .part(let entries, let before):
            let all = entries.map(json)
            let messages = all.first(atMost: bytes)
            reply = event(messages, true, messages.count < all.count ? nil : before)
        case .tooMany, .failed: reply = .error(.notRead(read, "This could not be read in time. Try again."))
        }
        actions.append(.send(session, json: reply.json))
    }

    /// The scope as the answer repeats it: the user by its name and its id.
    func wire(_ scope: Scope) -> ServerEvent.HistoryScope {
        switch scope {
        case .room(let name): .room(name.text)
        case .with(.name(let name)): .with(name.text, names.owner(ofKey: name.key).map { users[$0].id })
        case .with(.id(let user)): .with(name(of: user) ?? "", user)
        case .all: .all
        }
    }

    /// - Returns: the user's current name; nil for a released user.
    func name(of user: UserID) -> String? { users.index(of: user).map { users[$0].name.text } }

    /// - Returns: the event of an entry. A private message and its deletion have the two users' current names.
    func json(_ committed: Committed) -> [UInt8] {
        switch committed.entry {
        case .message(let message): return ServerEvent.message(seq: committed.seq, message).json
        case .private(var message):
            let (from, to) = (name(of: message.user), name(of: message.peer))
            if let from { message.from = from }
            if let to { message.to = to }
            return ServerEvent.private(seq: committed.seq, message, gone: from == nil || to == nil).json
        case .topic(let topic): return ServerEvent.topic(seq: committed.seq, topic).json
        case .announcement(let announcement):
            return ServerEvent.announcement(seq: committed.seq, announcement).json
        case .change(var change):
            if case .between(let one, let other, let from, let to) = change.audience {
                change.audience = .between(one, other, from: name(of: one) ?? from, to: name(of: other) ?? to)
            }
            return ServerEvent.changed(seq: committed.seq, change).json
        case .claim, .rename, .seen, .release, .device, .signOut, .recovery, .status, .sanction, .lift, .read:
            preconditionFailure("this entry has no event")
        }
    }
}

extension Refusal {
    /// A command that is to be sent again; the refusal says which one.
    static func notRead(_ read: PendingRead, _ sentence: String) -> Refusal {
        switch read {
        case .history(_, let scope, let page):
            var refusal = tryAgain(sentence, about: scope.context)
            refusal.command = RefusedCommand(type: .history, text: nil, before: page.before)
            return refusal
        case .search(_, let words, let scope, let page):
            var refusal = tryAgain(sentence, about: scope.context)
            refusal.command = RefusedCommand(type: .search, text: words, before: page.before)
            return refusal
        case .seen(_, _, let scope):
            var refusal = tryAgain(sentence, about: scope.context)
            refusal.command = RefusedCommand(type: .who)
            return refusal
        case .room, .privates, .positions, .missed, .request: preconditionFailure("no session waits for this")
        }
    }
}

extension Scope {
    var context: Refusal.Context {
        switch self {
        case .room(let name): .room(name)
        case .with(.name(let name)): .user(name)
        case .with(.id(let user)): .userID(user)
        case .all: .nothing
        }
    }
}
