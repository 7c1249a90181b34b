// Who one is: a user that is known by its token or by the proxy's word, or a new one, whose name goes through the ledger
// first. So two never have the same name, whatever crashes in between.

internal import Primitives

/// A name that is on its way through the ledger, and who waits for it.
struct Claiming {
    let name: UserName
    let token: Token?
    /// Several where a proxy says that they are the same person.
    var waiting: [(session: SessionID, hello: Hello)]
}

extension Chat {
    /// The first command of a session: it becomes somebody.
    mutating func greet(
        _ hello: Hello, _ session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        switch settings.identity {
        case .token:
            if let user = hello.token.flatMap({ users.place(of: $0.hash) }) {
                guard !users[user].isLeaving else { throw .tryAgain("This name is being given up.") }
                users[user].isProven = true
                guard try isLetIn(session, user, at: now, into: &actions) else { return }
                return admit(session, user, token: nil, hello, at: now, into: &actions)
            }
            if let wanted = hello.name, let ban = sanctions.on(.name(wanted.key), at: now) {
                throw .nameBanned(wanted, ban)
            }
            if let wanted = hello.name, !names.isFree(wanted) {
                throw .nameTaken(wanted, proposal: names.proposal(for: wanted, from: &random))
            }
            guard users.count < mostUsers else {
                actions.append(.report(.namesFull(count: users.count)))
                throw .tryAgain("All names are taken. Try again later.")
            }
            guard newNames.take(sessions[slot(of: session)].address, at: now.monotonic) else {
                actions.append(.report(.tooManyNames(session)))
                return end(session, .tooManyNames, at: now, into: &actions)
            }
            let name = hello.name ?? names.assigned(from: &random)
            claim(name, Token(from: &random), session, hello, at: now, into: &actions)
        case .proxy:
            guard let name = authenticatedName[session.slot] else {
                preconditionFailure("the proxy vouches for everybody")
            }
            try greet(name, hello, session, at: now, into: &actions)
        }
    }

    /// The proxy says who it is.
    private mutating func greet(
        _ name: UserName, _ hello: Hello, _ session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        // There is no other name to take.
        if let ban = sanctions.on(.name(name.key), at: now) {
            return end(session, ban.closeReason, at: now, into: &actions)
        }
        let other = names.owner(ofKey: name.key).map { users[$0].name } ?? claims[name.key]?.name ?? name
        // Two logins that look the same are not one person.
        guard other.text.utf8.elementsEqual(name.text.utf8) else {
            throw Refusal(.nameTaken, "Your login \(name.text) can't be told from \(other.text), who has the name.")
        }
        if let user = names.owner(ofKey: name.key) {
            guard !users[user].isLeaving else { throw .tryAgain("This name is being given up.") }
            guard try isLetIn(session, user, at: now, into: &actions) else { return }
            admit(session, user, token: nil, hello, at: now, into: &actions)
        } else if claims[name.key] != nil {
            claims[name.key]?.waiting.append((session, hello))
            sessions[slot(of: session)].stage = .claiming
        } else {
            claim(name, nil, session, hello, at: now, into: &actions)
        }
    }

    private mutating func claim(
        _ name: UserName, _ token: Token?, _ session: SessionID, _ hello: Hello, at now: Moment,
        into actions: inout [Action]
    ) {
        names.hold(name)
        claims[name.key] = Claiming(name: name, token: token, waiting: [(session, hello)])
        sessions[slot(of: session)].stage = .claiming
        actions.append(.append(.claim(Claim(name: name.text, token: token?.hash, at: now.wall)), from: session))
    }

    /// The ledger has the name: its user exists, and whoever waited is it.
    mutating func claimed(_ id: UserID, _ claim: Claim, at now: Moment, into actions: inout [Action]) {
        guard let name = try? UserName(claim.name), let claiming = claims.removeValue(forKey: name.key) else { return }
        var user = User(id: id, name: name, token: claim.token, seen: claim.at)
        user.isProven = claim.token == nil
        let place = users.insert(user)
        names.give(name, to: place)
        // Ordered while the name was on its way: too late for another.
        let ban = sanctions.on(.name(name.key), at: now)
        for (session, hello) in claiming.waiting where isClaiming(session) {
            sessions[slot(of: session)].stage = .open
            if let ban {
                end(session, ban.closeReason, at: now, into: &actions)
                continue
            }
            admit(session, place, token: claiming.token, hello, at: now, into: &actions)
        }
        // Nobody heard of the token.
        releaseIfUnproven(place, into: &actions)
    }

    /// The ledger can't take the name now: whoever waited may try again.
    mutating func refuseClaim(_ claim: Claim, into actions: inout [Action]) {
        guard let name = try? UserName(claim.name), let claiming = claims.removeValue(forKey: name.key) else { return }
        names.release(name)
        for (session, _) in claiming.waiting where isClaiming(session) {
            sessions[slot(of: session)].stage = .open
            let refusal = Refusal.tryAgain("Your name could not be stored. Try again.")
            actions.append(.send(session, json: Event.error(refusal).json))
        }
    }

    /// Whether no ban is on a user that is known.
    private mutating func isLetIn(
        _ session: SessionID, _ user: UInt32, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) -> Bool {
        if let ban = sanctions.on(.user(users[user].id), at: now) {
            end(session, ban.closeReason, at: now, into: &actions)
            return false
        }
        let name = users[user].name
        if let ban = sanctions.on(.name(name.key), at: now) { throw .nameBanned(name, ban) }
        return true
    }

    private func isClaiming(_ session: SessionID) -> Bool {
        isCurrent(session) && sessions[Int(session.slot)].stage == .claiming
    }

    // MARK: sessions of users

    /// From here on the session is the user's: the welcome, its rooms, what it missed.
    private mutating func admit(
        _ session: SessionID, _ user: UInt32, token: Token?, _ hello: Hello, at now: Moment,
        into actions: inout [Action]
    ) {
        let others = users[user].sessions.count
        guard settings.userConnections == 0 || others < settings.userConnections else {
            actions.append(.report(.tooManySessions(session, name: users[user].name.text, count: others)))
            return end(session, .tooManySessions, at: now, into: &actions)
        }
        sessions[slot(of: session)].user = user
        authenticatedName[session.slot] = nil
        if users[user].sessions.isEmpty { present += 1 }
        users[user].sessions.append(session.slot)
        note(user, at: now, into: &actions)
        let name = users[user].name
        actions.append(.identified(session, users[user].id))
        actions.append(.report(.named(session, name: name.text)))
        let welcome = Event.Welcome(name: name, token: token, ledger: ledger, seq: seq, settings: settings)
        actions.append(.send(session, json: Event.welcome(welcome).json))
        beginCatchUp(session, user, hello, at: now, into: &actions)
    }

    /// The session goes: the user is away if it was the last.
    mutating func detach(_ session: SessionID, at now: Moment, into actions: inout [Action]) {
        guard let user = sessions[slot(of: session)].user else { return }
        users[user].sessions.removeAll { $0 == session.slot }
        guard users[user].sessions.isEmpty else { return }
        present -= 1
        note(user, at: now, into: &actions)
        if users[user].presences.isEmpty {
            departures.add(Departure(user: users[user].id, room: nil), due: departure(from: now))
            if settings.graceSeconds == 0 { depart(at: now, into: &actions) }
        }
    }

    /// Keeps the ledger's knowledge of when the user was here good to a day.
    private mutating func note(_ user: UInt32, at now: Moment, into actions: inout [Action]) {
        guard now.wall - users[user].seen >= ChatLimits.seenInterval else { return }
        users[user].seen = now.wall
        actions.append(.append(.seen(users[user].id, at: now.wall), from: nil))
    }

    // MARK: names that are free again

    /// A user from the time before.
    mutating func restore(_ known: KnownUser) {
        // By a newer version of Unicode two names may have become one: the later owner has to find another.
        guard let name = try? UserName(known.name), names.isFree(name) else { return }
        var user = User(id: known.id, name: name, token: known.token, seen: known.seen)
        user.newestPrivate = known.newestPrivate
        user.isProven = true
        names.give(name, to: users.insert(user))
    }

    /// Releases names that were reserved long enough for users that never came, and notes who is here: a line may last longer
    /// than a name stays reserved, and after a crash only the ledger knows of it.
    mutating func noteOrRelease(
        _ places: Range<Int>, releases: Bool, at now: Moment, into actions: inout [Action]
    ) {
        // What the ledger knows may be a day old.
        let limit = now.wall - Int64(settings.nameDays) * 86_400_000 - ChatLimits.seenInterval
        for place in users.places(in: places, where: { $0.seen < limit || !$0.sessions.isEmpty }) {
            if !users[place].sessions.isEmpty {
                note(place, at: now, into: &actions)
            } else if releases {
                release(place, into: &actions)
            }
        }
    }

    /// Whoever never showed that it has its token can't come back.
    mutating func releaseIfUnproven(_ place: UInt32, into actions: inout [Action]) {
        if !users[place].isProven { release(place, into: &actions) }
    }

    private mutating func release(_ place: UInt32, into actions: inout [Action]) {
        let user = users[place]
        guard user.sessions.isEmpty, user.presences.isEmpty, !user.isLeaving else { return }
        // Somebody new would not be banned or muted.
        guard sanctions[.user(user.id)] == nil, sanctions[.mute(user.id)] == nil else { return }
        users[place].isLeaving = true
        actions.append(.append(.release(user.id), from: nil))
    }

    /// The ledger has it: the name is free.
    mutating func released(_ id: UserID) {
        guard let place = users.place(of: id) else { return }
        // Ordered while the release was on its way.
        sanctions.remove(.user(id))
        sanctions.remove(.mute(id))
        names.release(users[place].name)
        users.remove(place)
    }
}
