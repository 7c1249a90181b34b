// What the ledger says: what has happened is told here, and nothing before it has.

internal import DequeModule

extension Chat {
    /// The ledger has it: now it is told, to all whom it concerns at this point of the order. Whoever has left a room gets
    /// its messages no more, even its own; whoever was renamed gets them as they were sent.
    package mutating func apply(_ committed: Committed, at now: Moment, into actions: inout [Action]) {
        precondition(committed.seq > seq, "the ledger went back")
        seq = committed.seq
        switch committed.entry {
        case .message(let message):
            let json = remember(committed)
            if let room = rooms.id(named: message.room) { actions.append(.publish(room, json: json)) }
        case .private(let message):
            let json = remember(committed)
            for id in message.user == message.peer ? [message.user] : [message.user, message.peer] {
                guard let user = users.place(of: id) else { continue }
                users[user].newestPrivate = seq
                tell(json, to: user, into: &actions)
            }
        case .claim(let claim): claimed(UserID(seq), claim, at: now, into: &actions)
        case .rename(let id, let name): renamed(id, name, at: now, into: &actions)
        case .seen: break
        case .release(let id): released(id)
        case .sanction(let sanction): sanctioned(sanction, at: now, into: &actions)
        case .lift(let subject): sanctions.remove(subject)
        case .announcement:
            let json = remember(committed)
            noticed = seq
            for user in users.places(in: 0..<users.capacity, where: { !$0.sessions.isEmpty }) {
                tell(json, to: user, into: &actions)
            }
        case .deletion(let deletion): deletions(deletion, committed, into: &actions)
        }
        conclude(committed.entry, isDone: true, into: &actions)
    }

    /// To all sessions of a user that have what is before it.
    private func tell(_ json: [UInt8], to user: UInt32, into actions: inout [Action]) {
        for slot in users[user].sessions where catchUps[slot] == nil {
            actions.append(.send(session(slot), json: json))
        }
    }

    /// A message is gone, everywhere; those who have got it are told.
    private mutating func deletions(_ deletion: Deletion, _ committed: Committed, into actions: inout [Action]) {
        noticed = seq
        replay.withdraw(deletion.message)
        if !questions.isEmpty { deletions.insert(deletion.message) }
        let json = remember(committed)
        switch deletion.place {
        case .room(let name):
            guard let room = rooms.id(named: name) else { return }
            rooms[room].recent.withdraw(deletion.message)
            actions.append(.publish(room, json: json))
        case .between(let one, let other, _, _):
            for id in one == other ? [one] : [one, other] {
                if let user = users.place(of: id) { tell(json, to: user, into: &actions) }
            }
        }
    }

    /// It had happened before: the session that sent it again gets the number that it got then, and nobody anything else.
    package func acknowledge(_ committed: Committed, from session: SessionID?, into actions: inout [Action]) {
        guard let id = committed.entry.messageID, let session, isListening(session) else { return }
        let event = Event.ack(id, seq: committed.seq, deleted: committed.entry.isDeleted)
        actions.append(.send(session, json: event.json))
    }

    /// The ledger could not take it: the session that it is from is told, and nobody else.
    package mutating func refuse(_ entry: Entry, from session: SessionID?, into actions: inout [Action]) {
        switch entry {
        case .message, .private:
            guard let id = entry.messageID, let session, isListening(session) else { return }
            let refusal = Refusal.tryAgain("The message could not be stored. Try again.", about: .message(id))
            actions.append(.send(session, json: Event.error(refusal).json))
        case .claim(let claim): refuseClaim(claim, into: &actions)
        case .rename(let id, let name):
            guard let user = users.place(of: id), let name = try? UserName(name) else { return }
            users[user].isRenaming = false
            if name.key != users[user].name.key { names.release(name) }
            guard let session, isListening(session) else { return }
            let refusal = Refusal.tryAgain("The name could not be stored. Try again.")
            actions.append(.send(session, json: Event.error(refusal).json))
        case .seen(let id, let at):
            // To be noted again at the next occasion, unless it was.
            if let user = users.place(of: id), users[user].seen == at {
                users[user].seen = at - ChatLimits.seenInterval
            }
        case .release(let id):
            if let user = users.place(of: id) { users[user].isLeaving = false }
        case .sanction, .lift, .announcement, .deletion: conclude(entry, isDone: false, into: &actions)
        }
    }

    /// Everything up to this number is deleted.
    package mutating func forget(upTo seq: UInt64) {
        floor = max(floor, seq)
        replay.forget(upTo: seq)
        for room in rooms.ids { rooms[room].recent.forget(upTo: seq) }
    }

    /// Keeps a message, or what else is told, for those that come later.
    /// - Returns: its event.
    @discardableResult
    mutating func remember(_ committed: Committed) -> [UInt8] {
        let json = json(committed)
        switch committed.entry {
        case .message(let message):
            replay.append(ReplayBuffer.Item(seq: committed.seq, place: .room(message.room), json: json))
            if let room = rooms.id(named: message.room) { rooms[room].recent.append(committed.seq, json) }
        case .private(let message):
            replay.append(ReplayBuffer.Item(seq: committed.seq, place: .private(message), json: []))
        case .announcement: replay.append(ReplayBuffer.Item(seq: committed.seq, place: .everywhere, json: json))
        case .deletion(let deletion):
            replay.append(ReplayBuffer.Item(seq: committed.seq, place: .deletion(deletion), json: []))
        case .claim, .rename, .seen, .release, .sanction, .lift: preconditionFailure("nobody is told of this")
        }
        return json
    }

    /// Opens a room with what memory has of its past.
    mutating func open(_ name: String, isConfigured: Bool) -> RoomID {
        let room = rooms.open(name, isConfigured: isConfigured)
        for item in replay.items {
            if case .room(name) = item.place { rooms[room].recent.append(item.seq, item.json) }
        }
        if replay.after <= floor { rooms[room].recent.complete([], more: false) }
        return room
    }

    func session(_ slot: UInt32) -> SessionID {
        SessionID(slot: slot, generation: sessions[Int(slot)].generation)
    }
}

extension Entry {
    fileprivate var messageID: MessageID? {
        switch self {
        case .message(let message): MessageID(message.id)
        case .private(let message): MessageID(message.id)
        default: nil
        }
    }

    /// No message begins without a text.
    package var isDeleted: Bool {
        switch self {
        case .message(let message): message.text.isEmpty
        case .private(let message): message.text.isEmpty
        default: false
        }
    }
}
