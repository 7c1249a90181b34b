// What each client command does.

import Primitives

extension Chat {
    /// Does a command of a session that has signed in.
    mutating func perform(
        _ command: ClientCommand, of session: SessionID, by user: UInt32, at now: Moment,
        into actions: inout [Action]
    ) throws(Refusal) {
        if let mute = sanctions.active(on: .mute(users[user].id), at: now), let context = command.mutedContext {
            throw .muted(mute, about: context)
        }
        switch command {
        case .hello: preconditionFailure("a second hello is refused before it gets here")
        case .rename(let new): try rename(session, user, to: new, at: now, into: &actions)
        case .message(let id, let room, let text, let re):
            _ = try membership(of: session, in: room, about: .message(id))
            let message = newMessage(id, room, text, re: re, by: user, at: now)
            actions.append(.append(.message(message), from: session))
        case .private(let id, let to, let text, let re):
            try requirePrivates(of: user, about: .message(id))
            let details = MessageDetails(reply: re, isBot: users.bot(user) != nil)
            let (user, other) = (users[user], try self.user(to, about: .message(id)))
            let message = PrivateMessage(
                user: user.id, peer: other.id, id: id.text, from: user.name.text, to: other.name.text, text: text,
                at: now.wall, details: details)
            actions.append(.append(.private(message), from: session))
        case .edit(let id, let message, let text):
            change(message, .edit(text: text), id, of: session, by: user, at: now, into: &actions)
        case .delete(let id, let message):
            change(message, .deletion, id, of: session, by: user, at: now, into: &actions)
        case .react(let id, let message, let emoji, let isOn):
            let kind = Change.Kind.reaction(emoji.text, isOn: isOn)
            change(message, kind, id, of: session, by: user, at: now, into: &actions)
        case .join(let room, let create): try join(room, create: create, session, at: now, into: &actions)
        case .leave(let room):
            if let id = rooms.id(named: room.text), sessions[slot(of: session)].membership(of: id) != nil {
                leave(id, session, at: now, into: &actions)
            } else {
                actions.append(.send(session, json: ServerEvent.left(room: room.text).json))
            }
        case .rooms:
            let only = signedRooms(of: session)
            actions.append(.send(session, json: roomsEvent(for: user, only: only).json))
        case .who(let scope): try who(scope, session, by: user, into: &actions)
        case .presence(let away, let status):
            setPresence(away: away, status: status, session, by: user, into: &actions)
        case .typing(let room):
            let membership = try membership(of: session, in: room, about: .room(room))
            typing(session, user, in: membership.room, at: now, into: &actions)
        case .signal(let room, let data, let context):
            let membership = try membership(of: session, in: room, about: context)
            signal(data, session, user, membership, at: now, into: &actions)
        case .topic(let id, let room, let title, let topic):
            try setTopic(id, room, title: title, topic: topic, session, by: user, at: now, into: &actions)
        case .read(let scope, let seq): try read(scope, upTo: seq, session, by: user)
        case .devices: try listDevices(session, user, into: &actions)
        case .signOut(let target): try signOut(target, session, user, into: &actions)
        case .link: try makeLink(session, user, at: now, into: &actions)
        case .recovery: try makeRecovery(session, user, into: &actions)
        case .history(let scope, let page): try history(scope, page, session, by: user, into: &actions)
        case .search(let words, let scope, let page):
            try search(words, scope, page, session, by: user, into: &actions)
        }
    }

    /// The rooms that the user may see in the list.
    /// - Parameter only: the names of the rooms that the session's signed token allows; nil for all rooms.
    func roomsEvent(for user: UInt32, only: [String]? = nil) -> ServerEvent {
        let bots = users.bot(user)?.rooms ?? []
        let listing = rooms.listing(atMost: ChatLimits.roomsListed, only ?? (bots.isEmpty ? nil : bots)).map {
            (name: $0.name, users: $0.users, topic: rooms.topics[$0.name])
        }
        return .rooms(listing, of: rooms.count)
    }

    func newMessage(
        _ id: MessageID, _ room: RoomName, _ text: String, re: UInt64?, by user: UInt32, at now: Moment
    ) -> Message {
        var details = mentions(in: text)
        details.reply = re
        details.isBot = users.bot(user) != nil
        return Message(
            user: users[user].id, id: id.text, room: room.text, from: users[user].name.text, text: text, at: now.wall,
            details: details)
    }

    private func change(
        _ message: UInt64, _ kind: Change.Kind, _ id: MessageID, of session: SessionID, by user: UInt32,
        at now: Moment, into actions: inout [Action]
    ) {
        let author = Change.Author(user: users[user].id, id: id.text, name: users[user].name.text)
        let permission = Change.Permission(
            rooms: sessions[slot(of: session)].memberships.map { rooms[$0.room].name },
            sentSince: now.wall - Int64(settings.editMinutes) * 60_000 + 1)
        let change = Change(message: message, kind: kind, author: author, at: now.wall, permission: permission)
        actions.append(.append(.change(change), from: session))
    }

    /// - Returns: the user that a command names.
    func user(_ addressee: Addressee, about context: Refusal.Context) throws(Refusal) -> User {
        switch addressee {
        case .name(let name):
            guard let user = names.owner(ofKey: name.key) else { throw .noSuchUser(name, about: context) }
            return users[user]
        case .id(let id):
            guard let user = users.index(of: id) else { throw .noSuchUser(id, about: context) }
            return users[user]
        }
    }

    private mutating func rename(
        _ session: SessionID, _ user: UInt32, to new: UserName, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        guard settings.identity == .token, users.subject(of: user) == nil else {
            throw Refusal(.nameFixed, "Your name comes from your login here.")
        }
        guard users.bot(user) == nil else {
            throw Refusal(.nameFixed, "An administrator has chosen the name of this bot.")
        }
        let old = users[user].name
        // Compared byte by byte: the members get another spelling of the same characters, too.
        guard !new.text.utf8.elementsEqual(old.text.utf8) else {
            return actions.append(.send(session, json: ServerEvent.renamed(name: new).json))
        }
        if let ban = sanctions.active(on: .name(new.key), at: now) { throw .nameBanned(new, ban) }
        guard !users[user].isBeingRenamed else { throw .tryAgain("Your last name is still being stored.") }
        if new.key != old.key {
            // One of its own former names is no other user's.
            if names.owner(ofKey: new.key) != user {
                guard names.isFree(new) else {
                    throw .nameTaken(new, proposal: names.proposal(for: new, from: &random))
                }
                names.hold(new)
            }
        }
        users[user].isBeingRenamed = true
        actions.append(.append(.rename(users[user].id, name: new.text), from: session))
    }

    /// The ledger has stored a rename: all sessions of the user get the answer, and its rooms the event.
    mutating func applyRename(_ id: UserID, _ text: String, at now: Moment, into actions: inout [Action]) {
        guard let user = users.index(of: id), let new = try? UserName(stored: text) else { return }
        let old = users[user].name
        users[user].isBeingRenamed = false
        for slot in users[user].sessions {
            actions.append(.send(session(slot), json: ServerEvent.renamed(name: new).json))
            actions.append(.report(.renamed(session(slot), name: new.text, was: old.text)))
        }
        let presences = users[user].presences
        for presence in presences { removeMember(user, from: presence.room) }
        if new.key != old.key {
            if names.owner(ofKey: new.key) == user {
                names.former.remove(new, of: id)
            } else {
                names.release(new)
                names.give(new, to: user)
            }
            if let free = names.former.add(old, of: id, since: now.wall) { names.release(free) }
        }
        users[user].name = new
        for presence in presences {
            insertMember(user, into: presence.room)
            let event = ServerEvent.system(.renamed(new, id, was: old), room: rooms[presence.room].name, at: now.wall)
            publish(event, to: presence.room, into: &actions)
        }
        // The name may have been banned while the rename was on its way.
        if let ban = sanctions.active(on: .name(new.key), at: now) {
            closeSessions(of: user, ban.closeReason, at: now, into: &actions)
        }
    }

    /// The ledger could not store a rename.
    mutating func refuseRename(
        _ id: UserID, _ text: String, from session: SessionID?, into actions: inout [Action]
    ) {
        guard let user = users.index(of: id), let name = try? UserName(stored: text) else { return }
        users[user].isBeingRenamed = false
        if names.owner(ofKey: name.key) != user { names.release(name) }
        guard let session, canReceive(session) else { return }
        let refusal = Refusal.tryAgain("The name could not be stored. Try again.")
        actions.append(.send(session, json: ServerEvent.error(refusal).json))
    }

    private mutating func typing(
        _ session: SessionID, _ user: UInt32, in room: RoomID, at now: Moment, into actions: inout [Action]
    ) {
        let slot = slot(of: session)
        guard let index = sessions[slot].membership(of: room),
            now.monotonic >= sessions[slot].memberships[index].typingFrom
        else { return }
        sessions[slot].memberships[index].typingFrom = now.monotonic + ChatLimits.typingInterval
        publish(
            .typing(room: rooms[room].name, from: users[user].name, users[user].id), to: room, into: &actions)
    }

    /// The other sessions in the room get the data. The order of the actions leaves out the sender.
    private func signal(
        _ data: JSONText, _ session: SessionID, _ user: UInt32, _ membership: Membership, at now: Moment,
        into actions: inout [Action]
    ) {
        let (room, isLive) = (membership.room, membership.progress == .live)
        if isLive { actions.append(.unsubscribe(session, room)) }
        publish(
            .signal(data, room: rooms[room].name, from: users[user].name, users[user].id, at: now.wall), to: room,
            into: &actions)
        if isLive { actions.append(.subscribe(session, room)) }
    }

    func membership(
        of session: SessionID, in room: RoomName, about context: Refusal.Context
    ) throws(Refusal) -> Membership {
        let slot = slot(of: session)
        guard let id = rooms.id(named: room.text), let index = sessions[slot].membership(of: id) else {
            throw .notInRoom(room, about: context)
        }
        return sessions[slot].memberships[index]
    }
}

extension ClientCommand {
    /// The context of the refusal of a muted user's command; nil for commands that other users don't notice.
    fileprivate var mutedContext: Refusal.Context? {
        switch self {
        case .message(let id, _, _, _), .private(let id, _, _, _), .edit(let id, _, _), .delete(let id, _),
            .react(let id, _, _, _), .topic(let id, _, _, _):
            .message(id)
        case .typing(let room): .room(room)
        case .signal(_, _, let context): context
        case .rename: Refusal.Context.nothing
        case .presence(_, let status): status.map { _ in Refusal.Context.nothing }
        case .hello, .join, .leave, .rooms, .who, .history, .search, .read, .devices, .signOut, .link, .recovery: nil
        }
    }
}
