// The ledger's outcomes. Nothing is sent to clients before its entry is committed.

internal import DequeModule

extension Chat {
    /// The ledger has committed an entry: its event goes to all sessions that it concerns at this point of the order. A sender that
    /// has left the room does not get its own message; the message has the sender's name of when it was sent.
    /// - Parameters:
    ///   - committed: the entries come in ascending order of sequence numbers.
    ///   - origin: the session that sent it, where one did.
    package mutating func apply(
        _ committed: Committed, from origin: SessionID? = nil, at now: Moment, into actions: inout [Action]
    ) {
        precondition(committed.seq > log.seq, "the sequence numbers went back")
        log.seq = committed.seq
        switch committed.entry {
        case .message(let message):
            let json = addToHistory(committed)
            publish(json, of: committed, to: message.room, from: origin, into: &actions)
        case .private(let message):
            let json = addToHistory(committed)
            for id in message.user == message.peer ? [message.user] : [message.user, message.peer] {
                guard let user = users.index(of: id) else { continue }
                users[user].newestPrivate = log.seq
                send(json, toUser: user, into: &actions)
            }
        case .claim(let claim): applyClaim(UserID(log.seq), claim, at: now, into: &actions)
        case .rename(let id, let name): applyRename(id, name, at: now, into: &actions)
        case .seen: break
        case .release(let id): applyRelease(id, at: now, into: &actions)
        case .device(let new): applyDevice(log.seq, new, at: now, into: &actions)
        case .signOut(let id, let devices): applySignOut(id, devices, at: now, into: &actions)
        case .recovery(let id, let hash): applyRecovery(id, hash, into: &actions)
        case .sanction(let sanction): applySanction(sanction, at: now, into: &actions)
        case .lift(let subject): sanctions.remove(subject)
        case .announcement:
            let json = addToHistory(committed)
            log.newestNotice = log.seq
            for user in users.indices(where: { !$0.sessions.isEmpty }) { send(json, toUser: user, into: &actions) }
        case .change(let change): applyChange(change, committed, from: origin, into: &actions)
        case .read(let position): applyRead(position, into: &actions)
        case .status(let id, let text): applyStatus(id, text, from: origin, at: now, into: &actions)
        case .topic(let topic): applyTopic(topic, committed, from: origin, into: &actions)
        }
        finishCommand(of: committed.entry, isStored: true, into: &actions)
        answerPosts(of: committed, into: &actions)
    }

    /// To all sessions of a user that are not catching up.
    private func send(_ json: [UInt8], toUser user: UInt32, into actions: inout [Action]) {
        for slot in users[user].sessions where catchUps[slot] == nil {
            actions.append(.send(session(slot), json: json))
        }
    }

    /// - Parameter origin: the session that sent the entry. The event is its acknowledgement. If the room was closed meanwhile, no
    ///   member gets the event, and the session gets an `ack` instead.
    func publish(
        _ json: [UInt8], of committed: Committed, to name: String, from origin: SessionID?,
        into actions: inout [Action]
    ) {
        guard let room = rooms.id(named: name) else { return tellStored(committed, to: origin, into: &actions) }
        actions.append(.publish(room, json: json))
    }

    private mutating func applyChange(
        _ change: Change, _ committed: Committed, from origin: SessionID?, into actions: inout [Action]
    ) {
        log.newestNotice = log.seq
        log.replay.apply(change)
        reads.note(change)
        let json = addToHistory(committed)
        switch change.audience {
        case .room(let name):
            if let room = rooms.id(named: name) {
                rooms[room].history.apply(change)
                rooms.boundHistories()
            }
            publish(json, of: committed, to: name, from: origin, into: &actions)
        case .between(let one, let other, _, _):
            for id in one == other ? [one] : [one, other] {
                if let user = users.index(of: id) { send(json, toUser: user, into: &actions) }
            }
        case nil: preconditionFailure("the ledger has not said whom the change concerns")
        }
    }

    /// The ledger has the message already: only the session that sent it again gets an answer, with the number of the first time.
    package mutating func acknowledge(
        _ committed: Committed, from session: SessionID?, into actions: inout [Action]
    ) {
        answerPosts(of: committed, into: &actions)
        tellStored(committed, to: session, into: &actions)
    }

    private func tellStored(_ committed: Committed, to session: SessionID?, into actions: inout [Action]) {
        guard let id = committed.entry.sender.flatMap({ MessageID($0.id) }), let session, canReceive(session) else {
            return
        }
        let event = ServerEvent.ack(id, seq: committed.seq, deleted: committed.entry.isDeleted)
        actions.append(.send(session, json: event.json))
    }

    /// The ledger could not store an entry: only the session that it is from gets an answer.
    package mutating func refuse(_ entry: Entry, from session: SessionID?, into actions: inout [Action]) {
        refusePosts(of: entry, .notStored, into: &actions)
        switch entry {
        case .change(let change) where change.author == nil: finishCommand(of: entry, isStored: false, into: &actions)
        case .message, .private, .change, .topic:
            let sentence =
                entry.isMessage ? "The message could not be stored." : "The change could not be stored."
            refuse(entry, from: session, into: &actions) { .tryAgain("\(sentence) Try again.", about: $0) }
        case .claim(let claim):
            refuseClaim(claim, into: &actions)
            finishCommand(of: entry, isStored: false, into: &actions)
        case .rename(let id, let name): refuseRename(id, name, from: session, into: &actions)
        case .seen(let id, let at, let device):
            // Recorded again at the next opportunity, unless a newer time is on its way.
            if let user = users.index(of: id),
                let position = device == nil ? 0 : users.position(ofDevice: device ?? 0, of: user),
                users.seen(position, of: user) == at
            {
                users.setSeen(position, of: user, at: at - ChatLimits.seenInterval)
            }
        case .release(let id):
            if let user = users.index(of: id) { users[user].isBeingReleased = false }
            finishCommand(of: entry, isStored: false, into: &actions)
        // The client sends a newer position with the next message that it shows.
        case .read: break
        case .device(let new): refuseDevice(new, into: &actions)
        case .status: refuse(.presence, "The status could not be stored.", from: session, into: &actions)
        case .signOut: refuse(.signOut, "The sign-out could not be stored.", from: session, into: &actions)
        case .recovery(_, let hash):
            _ = codes.removeRecovery(hash)
            refuse(.recovery, "The recovery code could not be stored.", from: session, into: &actions)
        case .sanction, .lift, .announcement: finishCommand(of: entry, isStored: false, into: &actions)
        }
    }

    /// The ledger has not stored an entry because of the message that it is about: only the session that it is from gets an answer.
    package mutating func reject(
        _ entry: Entry, _ rejection: Rejection, from session: SessionID?, into actions: inout [Action]
    ) {
        if entry.sender == nil { return rejectCommand(of: entry, into: &actions) }
        let refusal = Refusal.rejected(rejection, message: entry.target, about: .nothing)
        refusePosts(of: entry, ProgramRefusal(refusal), into: &actions)
        if case .unchanged(let message) = rejection {
            guard let id = entry.sender.flatMap({ MessageID($0.id) }), let session, canReceive(session) else { return }
            actions.append(.send(session, json: ServerEvent.ack(id, seq: message).json))
        } else {
            refuse(entry, from: session, into: &actions) { .rejected(rejection, message: entry.target, about: $0) }
        }
    }

    private func refuse(
        _ entry: Entry, from session: SessionID?, into actions: inout [Action],
        _ refusal: (Refusal.Context) -> Refusal
    ) {
        guard let id = entry.sender.flatMap({ MessageID($0.id) }), let session, canReceive(session) else { return }
        actions.append(.send(session, json: ServerEvent.error(refusal(.message(id))).json))
    }

    /// The ledger has deleted all entries up to a sequence number.
    package mutating func forget(upTo seq: UInt64) {
        log.retentionFloor = max(log.retentionFloor, seq)
        log.replay.forget(upTo: seq)
        for room in rooms.ids { rooms[room].history.forget(upTo: seq) }
    }

    /// Adds an entry that has an event to the replay buffer and to its room's history.
    /// - Returns: the event.
    @discardableResult
    mutating func addToHistory(_ committed: Committed) -> [UInt8] {
        let json = json(committed)
        switch committed.entry {
        case .message(let message):
            log.replay.append(committed.seq, .message(room: message.room, json: json))
            if let room = rooms.id(named: message.room) { rooms[room].history.append(committed.seq, json) }
            rooms.boundHistories()
        case .private(let message): log.replay.append(committed.seq, .private(message))
        case .announcement: log.replay.append(committed.seq, .announcement(json: json))
        case .change(let change): log.replay.append(committed.seq, .change(change))
        case .topic(let topic): log.replay.append(committed.seq, .topic(room: topic.room, json: json))
        case .claim, .rename, .seen, .release, .device, .signOut, .recovery, .status, .sanction, .lift, .read:
            preconditionFailure("this entry has no event")
        }
        return json
    }
}
