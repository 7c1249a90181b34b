// How a client comes: who it is, what it missed, and the rooms, which answer one after the other. Its position is as
// PROTOCOL.md, "Coming back", has it.

@testable import Chat

extension Client {
    func welcomed(_ event: Received) {
        identify(event)
        name = event.name ?? name
        if event.ledger != ledgerName { position = nil }
        ledgerName = event.ledger
        state = .online
        // Whoever is back in no room can't tell when it has arrived: its position is the last message that it got.
        (isArriving, isNew, goal) = (position == nil || !waits.isEmpty, position == nil, event.seq ?? 0)
        (highest, lastLive, newest) = (position ?? 0, position ?? 0, [:])
        for room in waits { hearing[room] = .asked }
        if privatesOf != user { (privates, privatesOf, shown["@"]) = (Coverage(), user, nil) }
        guard let position else {
            shown = [:]
            return notices.begin(low: event.seq, high: goal)
        }
        if notices.canResume(at: position) {
            notices.resume(at: position)
        } else {
            notices.begin(low: position, high: position)
        }
        // Of a room that it does not go on with it may have missed that something is withdrawn.
        for room in shown.keys where room != "@" && !waits.contains(room) { shown[room] = nil }
        for room in waits { covered[room]?.resume(at: position) }
        // Another user than before: it has none of this one's messages, and gets those that come from here on.
        if privates.canResume(at: position) {
            privates.resume(at: position)
        } else {
            privates.begin(low: position, high: position)
        }
    }

    /// A token makes one its user, and nobody else.
    private func identify(_ event: Received) {
        if let lostAt, now - lostAt < Int64(world.profile.settings.graceSeconds) * 1_000 {
            findings.took(.returnedInGrace)
        }
        let before = sentToken.flatMap { world.user(of: $0) }
        // Two clients with one cookie may be made one new user; another one may have the same token in its hello.
        let isCookie = [event.token, sentToken].compactMap(\.self).contains(where: world.cookies.contains)
        if let token = event.token {
            findings.expect(
                before == nil || world.isReleased(before) || isCookie,
                "\(me) is a new user, though its token is \(before as Any)'s"
            )
            findings.expect(!world.watch.tokens.contains(token) || isCookie, "\(me) got a token twice")
            if sentToken != nil { findings.took(.tokenUnknown) }
            world.watch.tokens.append(token)
            keep.token = token
            user = world.user(of: token)
        } else {
            // The cookie counts where nobody has the token.
            let known = [before, socket?.cookie.flatMap { world.user(of: $0) }].compactMap(\.self)
            user = socket == nil ? before : known.first { !world.isReleased($0) }
        }
        guard let user else { return findings.violated("\(me) is nobody by \(sentToken ?? "no token")") }
        users.insert(user)
        // The welcome may be that of a daemon that has crashed since.
        if let session, !world.isForgotten(session) {
            findings.expect(world.user(of: session) == user, "\(me) should be \(user)")
        }
    }

    func arrived() {
        isArriving = false
        if !isNew {
            let since = since ?? 0
            for room in listed where hearing[room] == .live { covered[room]?.isStrict(from: since) }
            privates.isStrict(from: since)
        }
        position = max(highest, goal)
    }

    /// A gap, or a newcomer's first answer: what comes from here on are the newest messages.
    private func beginAnew() {
        if !isNew {
            findings.took(.gap)
            isNew = isArriving
            for room in covered.keys { covered[room]?.end(at: position ?? 0) }
            privates.end(at: position ?? 0)
            shown = [:]
        }
    }

    func joined(_ event: Received) {
        let room = event.room ?? ""
        guard hearing[room] != .live, hearing[room] != .leaving else { return }
        findings.expect(hearing[room] == .asked, "\(me) did not ask for \(room), but for \(hearing)")
        views[room] = View(count: event.users ?? 0)
        if waits.contains(room), !isNew {
            waits.remove(room)
            hearing[room] = .live
        } else {
            if isArriving, privates.current == nil { privates.begin(low: 0, high: highest) }
            hearing[room] = .joinedRoom
        }
        write(#"{"type":"who","room":"\#(room)"}"#)
    }

    /// The newest messages of a room, or the private ones.
    func began(_ event: Received) {
        let messages = event.messages ?? []
        if event.gap == true { beginAnew() }
        shown[event.room ?? "@"] = []
        for message in messages {
            check(message)
            take(message)
        }
        let low = event.hasMore ? messages.first?.seq.map { $0 - 1 } : 0
        let high = messages.last?.seq ?? 0
        highest = max(highest, high)
        guard let room = event.room else {
            findings.took(.privateHistoryAtHello)
            // Of the announcements that are in the gap it hears nothing, a newcomer either.
            if event.gap == true {
                notices.end(at: position ?? 0)
                notices.begin(low: nil, high: 0)
            }
            findings.expect(isArriving || event.gap == true, "\(me) got private messages that it did not ask for")
            newest["@"] = high
            return privates.begin(low: low, high: high)
        }
        findings.expect(
            hearing[room] == .joinedRoom || event.gap == true, "\(me) got the newest messages of \(room), and is there")
        newest[room] = high
        hearing[room] = .live
        covered[room, default: Coverage()].begin(low: low, high: high)
        waits.remove(room)
    }

    func left(_ room: String) {
        // `leave` was said twice, and `join` since.
        guard hearing[room] != .asked else { return }
        covered[room]?.end(at: isArriving ? 0 : highest)
        (hearing[room], views[room], newest[room], shown[room]) = (nil, nil, nil, nil)
        waits.remove(room)
    }
}
