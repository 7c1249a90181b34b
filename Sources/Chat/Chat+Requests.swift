// Requests of programs: a command without a session. Its user needs no membership of the room, and is not seen in it.

package import Primitives
internal import SignedTokens

extension Chat {
    /// Does a request. The answer is an `Action.answer` with the same number, at once or when the ledger has what it needs.
    /// - Parameter number: different for each request.
    package mutating func request(
        _ request: ProgramRequest, number: UInt64, at now: Moment, into actions: inout [Action]
    ) {
        var request = request
        do throws(ProgramRefusal) {
            if case .administrator = request.credential {
                if case .history(let room, let before, let after, let limit) = request.operation {
                    let room = try checked(room, for: nil, isAdministrator: true).name
                    return try history(
                        room, before: before, after: after, limit: limit, by: nil, number, into: &actions)
                }
            } else {
                try requests.take(request.address, at: now)
            }
            request.credential = try verified(request.credential, at: now)
            guard let (user, device) = try user(of: request, at: now) else {
                return try claim(number, request, at: now, into: &actions)
            }
            if !request.isAdministrators { try requests.take(users[user].id, settings, at: now) }
            users[user].isConfirmed = true
            recordSeen(user, device, at: now, into: &actions)
            try perform(request, by: user, number, at: now, into: &actions)
        } catch {
            actions.append(.answer(number, .refused(error)))
        }
    }

    /// Whether a request may have the events of a room. The session that gets them is then to be connected and to say hello.
    /// - Returns: whether its hello may make the room.
    package mutating func admit(
        _ credential: ProgramRequest.Credential?, from address: IPAddress?, to room: String, at now: Moment
    ) throws(ProgramRefusal) -> Bool {
        try requests.take(address, at: now)
        let request = ProgramRequest(try verified(credential, at: now), from: address, .rooms)
        let user = try user(of: request, at: now)?.user
        if let user { try requests.take(users[user].id, settings, at: now) }
        return try checked(room, for: user, request.credential).isMade
    }

    /// Checks a signed token, where there is a key.
    private func verified(
        _ credential: ProgramRequest.Credential?, at now: Moment
    ) throws(ProgramRefusal) -> ProgramRequest.Credential? {
        guard let jwt = credential?.jwt, settings.tokenKey != nil else { return credential }
        do throws(Refusal) {
            let token = try verified(jwt, at: now)
            _ = try name(in: token)
            return .signed(token)
        } catch {
            throw ProgramRefusal(error)
        }
    }

    // MARK: the user

    /// - Returns: the user and the position of its device; nil for a new user, whose name the proxy or an administrator gives.
    private func user(
        of request: ProgramRequest, at now: Moment
    ) throws(ProgramRefusal) -> (user: UInt32, device: UInt8)? {
        if let ban = sanctions.active(on: request.address ?? .unspecified, at: now) { throw .banned(ban) }
        switch request.credential {
        case nil: throw .unauthorized
        case .token(let text):
            guard let (user, device) = users.device(with: Token(text).hash), !users[user].isBeingReleased,
                settings.identity == .token || users.bot(user) != nil
            else { throw .invalidToken }
            try checkBans(of: user, at: now)
            return (user, device)
        case .signed(let token):
            guard let user = users.index(ofSubject: token.subject) else { return nil }
            guard !users[user].isBeingReleased else { throw .invalidToken }
            try checkBans(of: user, at: now)
            return (user, 0)
        case .authenticated(let text):
            guard settings.identity == .proxy, let name = try? UserName(stored: text) else { throw .unauthorized }
            guard let user = names.owner(ofKey: name.key) else { return nil }
            guard users[user].name.text.utf8.elementsEqual(name.text.utf8), users.bot(user) == nil,
                users.subject(of: user) == nil
            else {
                throw ProgramRefusal(.forbidden, "name-taken", "Your login \(name.text) is the name of another user.")
            }
            try checkBans(of: user, at: now)
            return (user, 0)
        case .administrator(let text):
            guard let name = try? UserName(text) else {
                throw ProgramRefusal(.invalid, "bad-name", "“\(text)” is not a valid name.")
            }
            guard let user = names.owner(ofKey: name.key) else { return nil }
            guard users.bot(user) != nil, !users[user].isBeingReleased else {
                throw ProgramRefusal(
                    .forbidden, "name-taken", "\(users[user].name.text) is the name of a user, not of a bot.")
            }
            return (user, 0)
        }
    }

    private func checkBans(of user: UInt32, at now: Moment) throws(ProgramRefusal) {
        let (id, key) = (users[user].id, users[user].name.key)
        if let ban = sanctions.active(on: .user(id), at: now) ?? sanctions.active(on: .name(key), at: now) {
            throw .banned(ban)
        }
    }

    /// The user of a name that the proxy authenticates, or an administrator chooses, is stored first.
    private mutating func claim(
        _ number: UInt64, _ request: ProgramRequest, at now: Moment, into actions: inout [Action]
    ) throws(ProgramRefusal) {
        guard let name = request.newName else { return }
        if let ban = sanctions.active(on: .name(name.key), at: now) { throw .banned(ban) }
        var subject: String?
        if case .signed(let token) = request.credential {
            subject = token.subject
            if let key = names.claims.key(ofSubject: token.subject) {
                return requests.addNewcomer(number, request, key: key)
            }
            do throws(Refusal) { try requireFree(name) } catch { throw ProgramRefusal(error) }
        }
        requests.addNewcomer(number, request, key: name.key)
        guard names.claims[name.key] == nil else { return }
        guard names.isFree(name), users.count < users.limit else {
            _ = requests.removeNewcomers(key: name.key)
            throw ProgramRefusal(.tryAgain("The name \(name.text) is not free. Try again later."))
        }
        names.hold(name)
        names.claims.add(
            PendingClaim(name: name, token: nil, isBot: request.isAdministrators, subject: subject, sessions: []))
        let bot = request.isAdministrators ? BotGrant() : nil
        let claim = Claim(name: name.text, token: nil, at: now.wall, bot: bot, subject: subject)
        actions.append(.append(.claim(claim), from: nil))
    }

    /// The ledger has stored the name that requests wait for, or has refused it.
    mutating func continueRequests(of name: UserName, isStored: Bool, at now: Moment?, into actions: inout [Action]) {
        for (number, request) in requests.removeNewcomers(key: name.key) {
            if isStored, let now {
                self.request(request, number: number, at: now, into: &actions)
            } else {
                actions.append(.answer(number, .refused(.notStored)))
            }
        }
    }

    // MARK: operations

    private mutating func perform(
        _ request: ProgramRequest, by user: UInt32, _ number: UInt64, at now: Moment, into actions: inout [Action]
    ) throws(ProgramRefusal) {
        switch request.operation {
        case .post(let room, let id, let text, let re):
            let room = try checked(
                room, for: user, request.credential, isAdministrator: request.isAdministrators
            ).name
            let posted: Message
            do throws(Refusal) {
                posted = try message(room, id: id, text, re: re, by: user, at: now)
            } catch {
                throw ProgramRefusal(error)
            }
            requests.addPost(number, posted.user, id: posted.id)
            actions.append(.append(.message(posted), from: nil))
        case .history(let room, let before, let after, let limit):
            let room = try checked(room, for: user, request.credential).name
            try history(room, before: before, after: after, limit: limit, by: user, number, into: &actions)
        case .rooms:
            actions.append(
                .answer(number, .done(json: roomsEvent(for: user, only: request.credential?.signedRooms).json)))
        case .users:
            guard users.bot(user)?.rooms.isEmpty == true else {
                throw ProgramRefusal(
                    .forbidden, "not-allowed", "Only a bot that is not limited to rooms may list the users.")
            }
            actions.append(.answer(number, .done(json: usersJSON)))
        }
    }

    /// - Parameter user: nil for a new one.
    /// - Returns: the room's name, and whether the room does not exist and the request may make it. A bot that is limited to rooms
    ///   may make these, because a room without members does not exist.
    private func checked(
        _ text: String, for user: UInt32?, _ credential: ProgramRequest.Credential? = nil,
        isAdministrator: Bool = false
    ) throws(ProgramRefusal) -> (name: RoomName, isMade: Bool) {
        guard let name = RoomName(text) else { throw ProgramRefusal(.badRoom(about: .nothing)) }
        let bot = user.flatMap { users.bot($0) }
        guard bot?.allows(name.text) ?? true else {
            throw ProgramRefusal(.forbidden, "not-allowed", "This bot may not use the room \(name.text).")
        }
        let signed = credential?.signedRooms
        guard signed?.contains(name.text) ?? true else {
            throw ProgramRefusal(
                .forbidden, "not-allowed", "Your signed token does not allow the room \(name.text).")
        }
        if rooms.id(named: name.text) != nil { return (name, false) }
        guard isAdministrator || signed != nil || bot?.rooms.isEmpty == false else {
            throw ProgramRefusal(.notFound, "no-such-room", "There is no room \(name.text).")
        }
        return (name, true)
    }

    private mutating func message(
        _ room: RoomName, id: String?, _ text: String, re: UInt64?, by user: UInt32, at now: Moment
    ) throws(Refusal) -> Message {
        if let mute = sanctions.active(on: .mute(users[user].id), at: now) { throw .muted(mute, about: .nothing) }
        guard let id = MessageID(id ?? Token(from: &random).text) else { throw .badID(about: .nothing) }
        try checkText(text, atMost: settings.textBytes, about: .nothing)
        return newMessage(id, room, text, re: re, by: user, at: now)
    }

    private mutating func history(
        _ room: RoomName, before: UInt64?, after: UInt64?, limit: Int, by user: UInt32?, _ number: UInt64,
        into actions: inout [Action]
    ) throws(ProgramRefusal) {
        guard before == nil || after == nil else {
            throw ProgramRefusal(.invalid, "bad-limit", "Either before or after is given, not both.")
        }
        guard ChatLimits.pageMessages.contains(limit) else { throw ProgramRefusal(.badLimit(about: .nothing)) }
        let end = min(before ?? .max, log.seq + 1)
        if after == nil, let id = rooms.id(named: room.text),
            let page = rooms[id].history.page(before: end, limit: limit)
        {
            return actions.append(.answer(number, pageAnswer(room.text, before, page.messages, more: page.more)))
        }
        let id = user.map { users[$0].id }
        guard id.map({ reads.commands(of: $0) < ChatLimits.readsOfUser }) ?? true else {
            throw .tooMany(retry: ChatLimits.requestRetry)
        }
        let query: Query =
            if let after {
                .after(room: room.text, after, limit: limit)
            } else {
                .page(.room(room.text), before: end, limit: limit)
            }
        let read = PendingRead.request(number, room: room.text, before: before)
        actions.append(.read(reads.add(read, query, for: id), query, for: id))
    }

    /// The ledger has answered the query of a request.
    func answer(_ number: UInt64, _ room: String, _ before: UInt64?, _ answer: Answer, into actions: inout [Action]) {
        guard case .entries(let entries, let more) = answer else {
            return actions.append(.answer(number, .refused(.notRead)))
        }
        actions.append(.answer(number, pageAnswer(room, before, entries.map(json), more: more)))
    }

    private func pageAnswer(_ room: String, _ before: UInt64?, _ messages: [[UInt8]], more: Bool) -> ProgramAnswer {
        .done(json: ServerEvent.history(.room(room), before: before, messages: messages, more: more, gap: false).json)
    }

    private var usersJSON: [UInt8] {
        let all = users.indices { !$0.sessions.isEmpty }
        var json = JSONWriter(capacity: 4_096)
        json.object { json in
            json.field("type", "users")
            json.key("users")
            json.array { json in
                for user in all.prefix(ChatLimits.namesListed) {
                    json.object { json in
                        json.field("name", users[user].name.text)
                        json.field("user", users[user].id.number)
                        json.key("rooms")
                        json.array { json in
                            for presence in users[user].presences { json.string(rooms[presence.room].name) }
                        }
                        if users.bot(user) != nil { json.field("bot", true) }
                    }
                }
            }
            json.field("more", max(all.count - ChatLimits.namesListed, 0))
        }
        return json.bytes
    }

    // MARK: the ledger's outcomes

    /// Answers the posts that wait for the message.
    mutating func answerPosts(of committed: Committed, into actions: inout [Action]) {
        guard requests.hasPosts, let sender = committed.entry.sender, let id = MessageID(sender.id) else { return }
        let json = ServerEvent.ack(id, seq: committed.seq, deleted: committed.entry.isDeleted).json
        for number in requests.removePosts(sender.user, id: sender.id) {
            actions.append(.answer(number, .done(json: json)))
        }
    }

    mutating func refusePosts(of entry: Entry, _ refusal: ProgramRefusal, into actions: inout [Action]) {
        guard requests.hasPosts, let sender = entry.sender else { return }
        for number in requests.removePosts(sender.user, id: sender.id) {
            actions.append(.answer(number, .refused(refusal)))
        }
    }
}

extension ProgramRequest {
    fileprivate var isAdministrators: Bool { if case .administrator = credential { true } else { false } }

    /// The name of its user, where that is not known.
    fileprivate var newName: UserName? {
        switch credential {
        case .authenticated(let text), .administrator(let text): try? UserName(stored: text)
        case .signed(let token): try? UserName(token.name ?? token.subject)
        case .token, nil: nil
        }
    }
}

extension ProgramRequest.Credential {
    /// The only rooms that a signed token allows; nil for all.
    fileprivate var signedRooms: [String]? { if case .signed(let token) = self { token.rooms } else { nil } }
}
