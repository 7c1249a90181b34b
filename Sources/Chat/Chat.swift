// The chat as a pure state machine: sessions, their texts, the ledger's outcomes and time come in, actions go out. It has no
// clock, no socket and no journal. The extensions: Chat+SignIn.swift, Chat+Reservations.swift (names), Chat+CodeSignIn.swift,
// Chat+SignedTokens.swift and
// Chat+Devices.swift (devices), Chat+CatchUp.swift and Chat+Newcomers.swift (what a session gets before live events),
// Chat+Rooms.swift (membership), Chat+Commands.swift, Chat+History.swift and Chat+Presence.swift (clients' commands), Chat+Ledger.swift (the ledger's outcomes), Chat+Admin.swift and Chat+Sanctions.swift
// (administrators), Chat+Bots.swift and Chat+Requests.swift (programs), Chat+State.swift (planned restart), Chat+Recovery.swift (crash).

import FoundationEssentials
package import Primitives

/// The state of the whole chat. One owner, one thread. Every method appends its actions to `actions`, in order.
package struct Chat {
    var settings: ChatSettings
    /// For assigned names and for tokens, which are secrets.
    var random: any RandomNumberGenerator
    private let decoder = JSONDecoder()
    var log: LedgerState
    /// By `SessionID.slot`.
    var sessions: [Session] = []
    var pendingHellos = PendingHellos()
    /// Sessions that are catching up, by slot.
    var catchUps: [UInt32: CatchUp] = [:]
    /// Bytes of rooms' histories that a session was sent, until it has read them all, by slot.
    var unreadHistories: [UInt32: Int] = [:]
    var users = UserTable()
    var names = NameRegister()
    var rooms = RoomTable()
    /// Grace periods that have begun.
    var pendingLeaves = PendingLeaves()
    var sanctions = Sanctions()
    var reads = PendingReads()
    var readPositions: ReadPositions
    var presenceChanges = PresenceChanges()
    var adminCommands = AdminCommandQueue()
    var codes = SignInCodes()
    var requests = PendingRequests()
    var signedSessions = SignedSessions()

    /// - Parameters:
    ///   - settings: within `ChatLimits`, with different room names; anything else is a bug of the caller.
    ///   - random: for assigned names and for tokens, so it must be cryptographically secure.
    ///   - snapshot: the ledger's contents.
    package init(settings: ChatSettings, random: any RandomNumberGenerator, snapshot: Snapshot) {
        settings.check()
        self.settings = settings
        self.random = random
        log = LedgerState(snapshot)
        readPositions = ReadPositions(after: snapshot.newestRead)
        for sanction in snapshot.sanctions { sanctions.insert(sanction) }
        users.reserve(snapshot.users.count)
        names.reserve(snapshot.users.count)
        for topic in snapshot.topics { keep(topic) }
        for known in snapshot.users { restore(known) }
        for known in snapshot.users { restoreFormerNames(of: known) }
        for known in snapshot.devices { restore(known) }
        for known in snapshot.bots { users.index(of: known.user).map { users.bots[$0] = known.grant } }
        for committed in snapshot.recent { addToHistory(committed) }
        for name in settings.rooms { _ = openRoom(name, isConfigured: true) }
    }

    /// The id of the ledger that the sequence numbers belong to.
    package var ledger: String { log.id }

    /// The sequence number of the newest entry that was applied, 0 for none.
    package var newest: UInt64 { log.seq }

    /// The number of users with a session, and of rooms that exist.
    package var figures: (users: Int, rooms: Int) { (users.connectedCount, rooms.count) }

    /// - Returns: whether a text is a valid id of a message.
    package static func isMessageID(_ text: String) -> Bool { MessageID(text) != nil }

    /// - Returns: whether a text is a valid user name.
    package static func isName(_ text: String) -> Bool { (try? UserName(text)) != nil }

    /// A client has connected. It has no user until its `hello` is accepted.
    /// - Parameters:
    ///   - session: its slot is free, else this is a bug of the caller.
    ///   - name: the name that the proxy authenticated; required with `IdentitySource.proxy`.
    ///   - address: the client's own address; nil where it is unknown.
    ///   - token: that of its user, where its `hello` makes a new one; 32 hexadecimal digits. Nil for a random one.
    package mutating func connected(
        _ session: SessionID, authenticatedName name: String? = nil, address: IPAddress? = nil, token: String? = nil,
        at now: Moment, into actions: inout [Action]
    ) {
        let slot = Int(session.slot)
        while sessions.count <= slot { sessions.append(Session()) }
        precondition(sessions[slot].stage == .free, "the slot is in use")
        sessions[slot].stage = .open
        sessions[slot].generation = session.generation
        sessions[slot].address = address ?? .unspecified
        if let name { pendingHellos.authenticatedNames[session.slot] = try? UserName(stored: name) }
        if let token { pendingHellos.tokens[session.slot] = Token(token) }
        pendingHellos.deadlines.add(session, due: now.monotonic + ChatLimits.helloTimeout)
        if let ban = sanctions.active(on: sessions[slot].address, at: now) {
            close(session, ban.closeReason, at: now, into: &actions)
        }
    }

    /// A client sent one text message.
    /// - Parameter text: valid UTF-8, of any size and content.
    package mutating func received(
        _ session: SessionID, _ text: [UInt8], at now: Moment, into actions: inout [Action]
    ) {
        let slot = slot(of: session)
        guard sessions[slot].stage != .closing else { return }
        if pendingHellos.resyncs[session.slot] != nil {
            guard let request = try? Request(text, with: decoder), endsResync(request, of: session) else { return }
        }
        switch sessions[slot].rateLimiter.take(text.count, at: now.monotonic, settings) {
        case .accepted:
            do throws(Refusal) {
                try perform(text, of: session, at: now, into: &actions)
            } catch {
                actions.append(.send(session, json: ServerEvent.error(error).json))
            }
        case .refused(let retry):
            let context = Request.context(of: text, with: decoder)
            actions.append(.send(session, json: ServerEvent.error(.rateLimited(retry: retry, about: context)).json))
        case .exhausted:
            sessions[slot].stage = .closing
            actions.append(.report(.overRate(session, name: sessions[slot].user.map { users[$0].name.text })))
            actions.append(.close(session, .overRate))
        }
    }

    /// The session's connection is gone; nothing more may be sent to it. Its user leaves its rooms after the grace period, unless
    /// another session of the user is there.
    package mutating func disconnected(_ session: SessionID, at now: Moment, into actions: inout [Action]) {
        let slot = slot(of: session)
        while let membership = sessions[slot].memberships.last {
            leaveAfterGrace(membership.room, session, at: now, into: &actions)
        }
        signOut(session, at: now, into: &actions)
        catchUps[session.slot] = nil
        unreadHistories[session.slot] = nil
        pendingHellos.remove(session)
        signedSessions.remove(session)
        sessions[slot] = Session()
    }

    /// Does what is due. To be called about once a second.
    package mutating func tick(at now: Moment, into actions: inout [Action]) {
        while let session = pendingHellos.deadlines.popDue(at: now.monotonic) {
            guard canReceive(session), sessions[Int(session.slot)].user == nil else { continue }
            sessions[Int(session.slot)].stage = .closing
            actions.append(.close(session, .helloTimeout))
        }
        closeExpired(at: now, into: &actions)
        endGracePeriods(at: now, into: &actions)
        storeReadPositions(into: &actions)
        announcePresences(at: now, into: &actions)
        sanctions.removeExpired(at: now)
        names.claims.rateLimiter.removeFull(at: now.monotonic)
        codes.removeExpired(at: now.monotonic)
        requests.removeFull(at: now.monotonic)
        announceCounts(at: now, into: &actions)
        let (indices, releases) = users.expiryScan.step(of: users.capacity, at: now.monotonic)
        scanReservations(indices, releases: releases, at: now, into: &actions)
    }

    /// The session's index in `sessions`. A session that is not connected is a bug of the caller.
    func slot(of session: SessionID) -> Int {
        precondition(isConnected(session), "no such session")
        return Int(session.slot)
    }

    /// The current session of a slot.
    func session(_ slot: UInt32) -> SessionID { SessionID(slot: slot, generation: sessions[Int(slot)].generation) }

    func isConnected(_ session: SessionID) -> Bool {
        let slot = Int(session.slot)
        return slot < sessions.count && sessions[slot].stage != .free
            && sessions[slot].generation == session.generation
    }

    /// Whether the session is connected and the chat has not closed it.
    func canReceive(_ session: SessionID) -> Bool {
        isConnected(session) && sessions[Int(session.slot)].stage != .closing
    }

    private mutating func perform(
        _ text: [UInt8], of session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        let request = try Request(text, with: decoder)
        if let user = sessions[slot(of: session)].user {
            guard request.type != .hello else {
                throw Refusal(.helloFirst, "You have said hello already, as \(users[user].name.text).")
            }
            let command = try ClientCommand(request, textBytes: settings.textBytes)
            // A client that sends a second command has received its welcome, with the token.
            users[user].isConfirmed = true
            try perform(command, of: session, by: user, at: now, into: &actions)
        } else {
            guard request.type == .hello else {
                throw Refusal(.helloFirst, "Say hello first.", about: request.context)
            }
            guard sessions[slot(of: session)].stage == .open else {
                throw Refusal(.helloFirst, "You have said hello already. Wait for the welcome.")
            }
            guard case .hello(let hello) = try ClientCommand(request, textBytes: settings.textBytes) else { return }
            try signIn(hello, session, at: now, into: &actions)
        }
    }
}
