// Signing in: a session becomes a known user's by its token or by the proxy's word, or a new user's. (By a code:
// Chat+CodeSignIn.swift.) A new name goes through the ledger first, so two users never have the same name, whatever crashes in between.

internal import Primitives

extension Chat {
    /// The first command of a session.
    mutating func signIn(
        _ hello: HelloCommand, _ session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        if let jwt = hello.jwt { return try signIn(with: jwt, hello, session, at: now, into: &actions) }
        if try signInByCode(hello, session, at: now, into: &actions) { return }
        if settings.identity != .token, let (bot, device) = hello.token.flatMap({ users.bot(with: $0.hash) }) {
            return try completeSignIn(ofKnown: bot, device, session, hello, at: now, into: &actions)
        }
        switch settings.identity {
        case .token:
            let tokens = [hello.token, pendingHellos.tokens[session.slot]].compactMap(\.self)
            if let (user, device) = tokens.compactMap({ users.device(with: $0.hash) }).first {
                try completeSignIn(ofKnown: user, device, session, hello, at: now, into: &actions)
            } else if let token = pendingHellos.tokens[session.slot], let name = names.claims.name(of: token) {
                names.claims.join(name.key, session, hello)
                sessions[slot(of: session)].stage = .claiming
            } else {
                try signInNewUser(hello, session, at: now, into: &actions)
            }
        case .signed:
            throw Refusal(.badToken, "Sign in at your site: this server accepts only users with a signed token (jwt).")
        case .proxy:
            // Only a session of a bot has none, and only its token could have ended meanwhile.
            guard let name = pendingHellos.authenticatedNames[session.slot] else { throw .nameBeingReleased }
            try signIn(as: name, hello, session, at: now, into: &actions)
        }
    }

    /// Signs in with a token.
    private mutating func completeSignIn(
        ofKnown user: UInt32, _ device: UInt8, _ session: SessionID, _ hello: HelloCommand, at now: Moment,
        into actions: inout [Action]
    ) throws(Refusal) {
        guard !users[user].isBeingReleased else { throw .nameBeingReleased }
        users[user].isConfirmed = true
        guard try isAdmitted(session, user, at: now, into: &actions) else { return }
        completeSignIn(session, user, device, token: nil, hello, at: now, into: &actions)
    }

    private mutating func signInNewUser(
        _ hello: HelloCommand, _ session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        if let refusal = hello.nameRefusal { throw refusal }
        if let wanted = hello.name {
            if let ban = sanctions.active(on: .name(wanted.key), at: now) { throw .nameBanned(wanted, ban) }
            guard names.isFree(wanted) else {
                throw .nameTaken(wanted, proposal: names.proposal(for: wanted, from: &random))
            }
        }
        guard users.count < users.limit else {
            actions.append(.report(.namesFull(count: users.count)))
            throw .tryAgain("All names are taken. Try again later.")
        }
        guard names.claims.rateLimiter.take(sessions[slot(of: session)].address, at: now.monotonic) else {
            actions.append(.report(.tooManyNames(session)))
            return close(session, .tooManyNames, at: now, into: &actions)
        }
        let name = hello.name ?? names.assigned(from: &random)
        let token = pendingHellos.tokens[session.slot] ?? Token(from: &random)
        claim(name, token, session, hello, at: now, into: &actions)
    }

    /// Signs in with a name that the proxy authenticated.
    private mutating func signIn(
        as name: UserName, _ hello: HelloCommand, _ session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        // The client can't choose another name, so its connection is closed.
        if let ban = sanctions.active(on: .name(name.key), at: now) {
            return close(session, ban.closeReason, at: now, into: &actions)
        }
        let owner = names.owner(ofKey: name.key).map { users[$0].name } ?? names.claims[name.key]?.name ?? name
        let bot = names.owner(ofKey: name.key).flatMap { users.bot($0) }
        guard bot == nil, names.claims[name.key].map({ !$0.isBot && $0.subject == nil }) ?? true,
            names.owner(ofKey: name.key).flatMap({ users.subject(of: $0) }) == nil
        else {
            throw Refusal(.nameTaken, "Your login \(name.text) is the name of a bot or of another user here.")
        }
        // Two logins that look the same are two people.
        guard owner.text.utf8.elementsEqual(name.text.utf8) else {
            throw Refusal(
                .nameTaken, "Your login \(name.text) looks the same as \(owner.text), which another user has.")
        }
        if let user = names.owner(ofKey: name.key) {
            guard !users[user].isBeingReleased else { throw .nameBeingReleased }
            guard try isAdmitted(session, user, at: now, into: &actions) else { return }
            completeSignIn(session, user, 0, token: nil, hello, at: now, into: &actions)
        } else if names.claims[name.key] != nil {
            names.claims.join(name.key, session, hello)
            sessions[slot(of: session)].stage = .claiming
        } else {
            claim(name, nil, session, hello, at: now, into: &actions)
        }
    }

    /// - Returns: false where the user is banned and the session was closed.
    mutating func isAdmitted(
        _ session: SessionID, _ user: UInt32, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) -> Bool {
        if let ban = sanctions.active(on: .user(users[user].id), at: now) {
            close(session, ban.closeReason, at: now, into: &actions)
            return false
        }
        let name = users[user].name
        if let ban = sanctions.active(on: .name(name.key), at: now) { throw .nameBanned(name, ban) }
        return true
    }

    // MARK: claims of new names

    mutating func claim(
        _ name: UserName, _ token: Token?, subject: String? = nil, _ session: SessionID, _ hello: HelloCommand,
        at now: Moment,
        into actions: inout [Action]
    ) {
        names.hold(name)
        names.claims.add(PendingClaim(name: name, token: token, subject: subject, sessions: [(session, hello)]))
        sessions[slot(of: session)].stage = .claiming
        let claim = Claim(name: name.text, token: token?.hash, at: now.wall, label: hello.label, subject: subject)
        actions.append(.append(.claim(claim), from: session))
    }

    /// The ledger has stored a new user.
    mutating func applyClaim(_ id: UserID, _ claim: Claim, at now: Moment, into actions: inout [Action]) {
        guard let pending = names.claims.remove(claim) else { return }
        var new = User(id: id, name: pending.name, token: nil, seen: claim.at)
        new.isConfirmed = claim.token == nil || claim.bot != nil
        let user = users.insert(new)
        users.bots[user] = claim.bot
        users.setSubject(claim.subject, of: user)
        if let token = claim.token {
            let device = Device(id: id.number, token: token, created: claim.at, seen: claim.at, label: claim.label)
            users.add(device, to: user)
        }
        names.give(pending.name, to: user)
        // The name may have been banned after it was claimed. Then it is too late to ask for another one.
        let ban = sanctions.active(on: .name(pending.name.key), at: now)
        for (session, hello) in pending.sessions where isClaiming(session) {
            sessions[slot(of: session)].stage = .open
            if let ban {
                close(session, ban.closeReason, at: now, into: &actions)
            } else {
                completeSignIn(session, user, 0, token: pending.token, hello, at: now, into: &actions)
            }
        }
        // Without a session no client has received the token.
        releaseUnconfirmed(user, into: &actions)
        continueRequests(of: pending.name, isStored: true, at: now, into: &actions)
    }

    /// The ledger could not store a new user: its sessions may try again.
    mutating func refuseClaim(_ claim: Claim, into actions: inout [Action]) {
        guard let pending = names.claims.remove(claim) else { return }
        names.release(pending.name)
        continueRequests(of: pending.name, isStored: false, at: nil, into: &actions)
        for (session, _) in pending.sessions where isClaiming(session) {
            sessions[slot(of: session)].stage = .open
            let refusal = Refusal.tryAgain("Your name could not be stored. Try again.")
            actions.append(.send(session, json: ServerEvent.error(refusal).json))
        }
    }

    func isClaiming(_ session: SessionID) -> Bool {
        isConnected(session) && sessions[Int(session.slot)].stage == .claiming
    }

    // MARK: sessions of users

    /// The session becomes the user's: it gets the welcome, joins its rooms and catches up.
    /// - Parameter device: the position of its device; 0 where the proxy authenticates the name, or a signed token the user.
    mutating func completeSignIn(
        _ session: SessionID, _ user: UInt32, _ device: UInt8, token: Token?, _ hello: HelloCommand, at now: Moment,
        into actions: inout [Action]
    ) {
        let others = users[user].sessions.count
        guard settings.userConnections == 0 || others < settings.userConnections else {
            actions.append(.report(.tooManySessions(session, name: users[user].name.text, count: others)))
            return close(session, .tooManySessions, at: now, into: &actions)
        }
        pendingHellos.removeIdentity(of: session)
        sessions[slot(of: session)].isAway = hello.isAway
        if let grant = hello.grant { signedSessions.add(session, grant, at: now) }
        addSession(session.slot, to: user)
        sessions[slot(of: session)].device = device
        recordSeen(user, device, at: now, into: &actions)
        let name = users[user].name
        actions.append(.identified(session, users[user].id))
        actions.append(.report(.named(session, name: name.text)))
        let welcome = ServerEvent.Welcome(
            name: name, user: users[user].id, token: token, status: users.status(of: user), ledger: log.id,
            seq: log.seq,
            settings: settings)
        actions.append(.send(session, json: ServerEvent.welcome(welcome).json))
        beginCatchUp(session, user, hello, at: now, into: &actions)
    }

    mutating func addSession(_ slot: UInt32, to user: UInt32) {
        sessions[Int(slot)].user = user
        if users[user].sessions.isEmpty { users.connectedCount += 1 }
        users[user].sessions.append(slot)
        notePresence(ofNew: slot, user)
    }

    /// The session ends, and has left its rooms. After the last session of a user its name may be released.
    mutating func signOut(_ session: SessionID, at now: Moment, into actions: inout [Action]) {
        guard let user = sessions[slot(of: session)].user else { return }
        users[user].sessions.removeAll { $0 == session.slot }
        // The others may all be away.
        guard users[user].sessions.isEmpty else { return presenceChanges.note(users[user].id) }
        users.connectedCount -= 1
        noteLeft(user, at: now)
        let interval = settings.lastSeen ? ChatLimits.lastSeenInterval : ChatLimits.seenInterval
        recordSeen(user, sessions[slot(of: session)].device, every: interval, at: now, into: &actions)
        if users[user].presences.isEmpty {
            pendingLeaves.add(PendingLeave(user: users[user].id, room: nil), due: endOfGrace(from: now))
            if settings.graceSeconds == 0 { endGracePeriods(at: now, into: &actions) }
        }
    }

    /// Closes a session. It loses its user and its rooms at once.
    mutating func close(
        _ session: SessionID, _ reason: CloseReason, at now: Moment, into actions: inout [Action]
    ) {
        leaveAllRooms(session, at: now, into: &actions)
        signOut(session, at: now, into: &actions)
        catchUps[session.slot] = nil
        unreadHistories[session.slot] = nil
        pendingHellos.removeIdentity(of: session)
        signedSessions.remove(session)
        let slot = slot(of: session)
        sessions[slot].user = nil
        sessions[slot].stage = .closing
        actions.append(.close(session, reason))
    }
}
