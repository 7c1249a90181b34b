// What was said: pages of it, and searching in it. What memory does not have is asked of the ledger.

/// Why the ledger was asked.
enum Question {
    case history(SessionID, Scope, before: UInt64?)
    case search(SessionID, String, Scope, before: UInt64?)
    /// A room's newest messages. By then its number may be another room's, or that of the same room made again.
    case room(RoomID, name: String)
    case privates(SessionID)
    case missed(SessionID, upTo: UInt64)
    /// A message that is to be deleted, by an order.
    case doomed(order: UInt64, message: UInt64)
}

extension Chat {
    mutating func history(
        _ scope: Scope, _ page: Page, _ session: SessionID, by user: UInt32, into actions: inout [Action]
    ) throws(Refusal) {
        let before = min(page.before ?? .max, seq + 1)
        let place: Query.Place
        switch scope {
        case .room(let name):
            let room = try membership(of: session, in: name, about: .room(name)).room
            if let (messages, more) = rooms[room].recent.page(before: before, limit: page.limit) {
                let event = Event.history(
                    .room(name.text), before: page.before, messages: messages, more: more, gap: false)
                return actions.append(.send(session, json: event.json))
            }
            place = .room(name.text)
        case .with(let name): place = .conversation(users[user].id, try peer(name).id)
        case .all: place = .privates(users[user].id)
        }
        try beginReading(session, scope)
        let query = Query.page(place, before: before, limit: page.limit)
        ask(.history(session, scope, before: page.before), query, into: &actions)
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
        case .with(let name): (names, privates) = ([], .with(try peer(name).id))
        case .all: break
        }
        try beginReading(session, scope)
        let query = Query.search(
            words, users[user].id, rooms: names, privates: privates, before: min(page.before ?? .max, seq + 1),
            limit: page.limit)
        ask(.search(session, words, scope, before: page.before), query, into: &actions)
    }

    private func peer(_ name: UserName) throws(Refusal) -> User {
        guard let place = names.owner(ofKey: name.key) else { throw .noSuchUser(name, about: .user(name)) }
        return users[place]
    }

    // MARK: questions and answers

    private mutating func beginReading(_ session: SessionID, _ scope: Scope) throws(Refusal) {
        guard sessions[slot(of: session)].reads < ChatLimits.readsOfSession else {
            throw .tryAgain("Wait for the answers to what you asked before.", about: scope.subject)
        }
        sessions[slot(of: session)].reads += 1
    }

    mutating func ask(_ question: Question, _ query: Query, into actions: inout [Action]) {
        lastQuestion += 1
        questions[lastQuestion] = question
        actions.append(.read(lastQuestion, query))
    }

    /// The ledger has answered.
    package mutating func answered(_ number: UInt64, _ answer: Answer, into actions: inout [Action]) {
        let question = questions.removeValue(forKey: number)
        var answer = answer
        if !deletions.isEmpty, case .entries(let entries, let more) = answer {
            answer = .entries(entries.filter { !deletions.contains($0.seq) }, more: more)
        }
        if questions.isEmpty { deletions = [] }
        switch question {
        case .room(let room, let name):
            if rooms.id(named: name) == room, rooms[room].recent.stage == .reading(number) {
                complete(room, answer, into: &actions)
            }
        case .privates(let session): showPrivates(session, answer, into: &actions)
        case .missed(let session, let upTo): missed(session, answer, upTo: upTo, into: &actions)
        case .history(let session, let scope, let before):
            reply(session, scope, answer, into: &actions) { messages, more in
                .history(scope.place, before: before, messages: messages, more: more, gap: false)
            }
        case .search(let session, let words, let scope, let before):
            reply(session, scope, answer, into: &actions) { messages, more in
                .found(words, scope.place, before: before, messages: messages, more: more)
            }
        case .doomed(let order, let message): withdraw(message, answer, order, into: &actions)
        case nil: preconditionFailure("nobody asked")
        }
    }

    private mutating func reply(
        _ session: SessionID, _ scope: Scope, _ answer: Answer, into actions: inout [Action],
        _ event: ([[UInt8]], Bool) -> Event
    ) {
        guard isListening(session) else { return }
        sessions[slot(of: session)].reads -= 1
        guard case .entries(let entries, let more) = answer else {
            let refusal = Refusal.tryAgain("This could not be read in time. Try again.", about: scope.subject)
            return actions.append(.send(session, json: Event.error(refusal).json))
        }
        actions.append(.send(session, json: event(entries.map(json), more).json))
    }

    /// The name that a user has by now.
    private func name(of user: UserID) -> String? { users.place(of: user).map { users[$0].name.text } }

    /// A message as its event was; of a private one, with the names that the two have by now.
    func json(_ committed: Committed) -> [UInt8] {
        switch committed.entry {
        case .message(let message): return Event.message(seq: committed.seq, message).json
        case .private(var message):
            let (from, to) = (name(of: message.user), name(of: message.peer))
            if let from { message.from = from }
            if let to { message.to = to }
            return Event.private(seq: committed.seq, message, gone: from == nil || to == nil).json
        case .announcement(let announcement): return Event.announcement(seq: committed.seq, announcement).json
        case .deletion(var deletion):
            if case .between(let one, let other, let from, let to) = deletion.place {
                deletion.place = .between(one, other, from: name(of: one) ?? from, to: name(of: other) ?? to)
            }
            return Event.deleted(seq: committed.seq, deletion).json
        case .claim, .rename, .seen, .release, .sanction, .lift: preconditionFailure("nobody is told of this")
        }
    }
}

extension Scope {
    fileprivate var place: Event.Place {
        switch self {
        case .room(let name): .room(name.text)
        case .with(let name): .with(name.text)
        case .all: .all
        }
    }

    fileprivate var subject: Refusal.Subject {
        switch self {
        case .room(let name): .room(name)
        case .with(let name): .user(name)
        case .all: .nothing
        }
    }
}
