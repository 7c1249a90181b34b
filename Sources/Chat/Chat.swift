// The chat itself: what comes in (sessions, their texts, what the ledger says, time) and what is to be done about it. Pure:
// no clock, no socket, no journal. Who one is stands in Chat+Hello.swift, what one missed in Chat+CatchUp.swift, being in
// rooms in Chat+Rooms.swift, the commands in Chat+Commands.swift and Chat+History.swift, the ledger in Chat+Ledger.swift.

import FoundationEssentials
package import Primitives

/// The state of the whole chat. One owner, one thread; every method appends what is to be done to `actions`, in order.
package struct Chat {
    var settings: ChatSettings
    /// Which ledger the numbers are of.
    package let ledger: String
    var random: any RandomNumberGenerator
    /// By `SessionID.slot`.
    var sessions: [Session] = []
    var users = UserTable()
    var names = NameRegister()
    var rooms = RoomTable()
    /// The newest sequence number that was told, and that up to which everything is deleted.
    var seq: UInt64
    var floor: UInt64
    var replay: ReplayBuffer
    /// Names that are on their way through the ledger, by their keys.
    var claims: [String: Claiming] = [:]
    /// Who gets what it missed, by slot.
    var catchUps: [UInt32: CatchUp] = [:]
    /// The names that the proxy vouches for, of sessions without a `hello`, by slot.
    var authenticatedName: [UInt32: UserName] = [:]
    /// The sessions that have to say hello again after a crash, and with which number, by slot.
    var resyncs: [UInt32: UInt32] = [:]
    /// Who may leave a room soon.
    var departures = TimerQueue<Departure>()
    var sanctions = Sanctions()
    var newNames = NewNameRateLimiter()
    /// Users that there can be; tests lower it.
    var mostUsers = ChatLimits.users
    /// Orders that wait for the ledger to have what they need, and what is said when it has.
    var ordering: [(number: UInt64, entry: Entry, sentence: String)] = []
    /// What was withdrawn while questions were under way: their answers may still have it.
    var deletions: Set<UInt64> = []
    /// The number of the newest announcement or withdrawal.
    var noticed: UInt64
    /// Questions that the ledger has not answered.
    var questions: [UInt64: Question] = [:]
    var lastQuestion: UInt64 = 0
    /// The users that have a session.
    var present = 0
    var countsDue: Int64 = .min
    private var nextExpiry = 0
    /// CLOCK_MONOTONIC in milliseconds: from when on names are released.
    var releasesFrom: Int64?
    var unnamed = TimerQueue<SessionID>()
    private let decoder = JSONDecoder()

    /// - Parameters:
    ///   - settings: within `ChatLimits`, and of room names that differ; all else is a bug of whoever read them.
    ///   - random: for the names that it assigns, and the tokens: those are secrets.
    ///   - past: what the ledger knows.
    package init(settings: ChatSettings, random: any RandomNumberGenerator, snapshot: Snapshot) {
        settings.check()
        self.settings = settings
        self.random = random
        ledger = snapshot.ledger
        seq = snapshot.seq
        floor = snapshot.floor
        noticed = snapshot.noticed
        replay = ReplayBuffer(after: snapshot.recentAfter)
        for sanction in snapshot.sanctions { sanctions.insert(sanction) }
        for known in snapshot.users { restore(known) }
        for committed in snapshot.recent { remember(committed) }
        for name in settings.rooms { _ = open(name, isConfigured: true) }
    }

    /// Whether a text can be a user's name.
    package static func isName(_ text: String) -> Bool { (try? UserName(text)) != nil }

    /// A client has connected; it is nobody until its `hello`.
    /// - Parameters:
    ///   - name: what the proxy vouches for, where names are its business.
    ///   - address: the client's own, one address; nothing where it is not known.
    package mutating func connected(
        _ session: SessionID, authenticatedName name: String? = nil, address: IPAddress? = nil, at now: Moment,
        into actions: inout [Action]
    ) {
        let slot = Int(session.slot)
        while sessions.count <= slot { sessions.append(Session()) }
        precondition(sessions[slot].stage == .free, "the slot is in use")
        sessions[slot].stage = .open
        sessions[slot].generation = session.generation
        sessions[slot].address = address ?? .unspecified
        if let name { authenticatedName[session.slot] = try? UserName(name) }
        unnamed.add(session, due: now.monotonic + ChatLimits.helloTimeout)
        if let ban = sanctions.on(sessions[slot].address, at: now) {
            end(session, ban.closeReason, at: now, into: &actions)
        }
    }

    /// A client sent one whole text message (valid UTF-8).
    package mutating func received(
        _ session: SessionID, _ text: [UInt8], at now: Moment, into actions: inout [Action]
    ) {
        let slot = slot(of: session)
        guard sessions[slot].stage != .closing else { return }
        if resyncs[session.slot] != nil {
            guard let request = try? Request(text, with: decoder), counts(request, of: session) else { return }
        }
        switch sessions[slot].rateLimiter.take(text.count, at: now.monotonic, settings) {
        case .accepted:
            do throws(Refusal) {
                try perform(text, of: session, at: now, into: &actions)
            } catch {
                actions.append(.send(session, json: Event.error(error).json))
            }
        case .refused(let retry):
            let subject = (try? Request(text, with: decoder))?.subject ?? .nothing
            actions.append(.send(session, json: Event.error(.rateLimited(retry: retry, about: subject)).json))
        case .exhausted:
            sessions[slot].stage = .closing
            actions.append(.report(.overRate(session, name: sessions[slot].user.map { users[$0].name.text })))
            actions.append(.close(session, .overRate))
        }
    }

    /// The session's connection is gone; nothing more is sent to it. What it was in it leaves soon, unless its user is there
    /// by another session or comes back.
    package mutating func disconnected(_ session: SessionID, at now: Moment, into actions: inout [Action]) {
        let slot = slot(of: session)
        while let membership = sessions[slot].memberships.last {
            drop(membership.room, session, at: now, into: &actions)
        }
        detach(session, at: now, into: &actions)
        catchUps[session.slot] = nil
        authenticatedName[session.slot] = nil
        resyncs[session.slot] = nil
        sessions[slot] = Session()
    }

    /// Time has passed (called about once a second): what is overdue happens.
    package mutating func tick(at now: Moment, into actions: inout [Action]) {
        while let session = unnamed.popDue(at: now.monotonic) {
            let slot = Int(session.slot)
            guard sessions[slot].generation == session.generation, sessions[slot].user == nil,
                sessions[slot].stage == .open || sessions[slot].stage == .claiming
            else { continue }
            sessions[slot].stage = .closing
            actions.append(.close(session, .helloTimeout))
        }
        depart(at: now, into: &actions)
        sanctions.expire(at: now)
        newNames.removeFull(at: now.monotonic)
        tellCounts(at: now, into: &actions)
        let from = releasesFrom ?? now.monotonic + ChatLimits.releaseDelay
        releasesFrom = from
        nextExpiry = nextExpiry < users.capacity ? nextExpiry : 0
        noteOrRelease(
            nextExpiry..<nextExpiry + ChatLimits.usersOfTick, releases: now.monotonic >= from, at: now, into: &actions)
        nextExpiry += ChatLimits.usersOfTick
    }

    /// The newest sequence number that was told.
    package var newest: UInt64 { seq }

    /// The people who are here, and the rooms that exist.
    package var figures: (users: Int, rooms: Int) { (present, rooms.count) }

    /// The session's place in `sessions`.
    func slot(of session: SessionID) -> Int {
        let slot = Int(session.slot)
        precondition(isCurrent(session), "no such session")
        return slot
    }

    /// Whether it is still connected.
    func isCurrent(_ session: SessionID) -> Bool {
        let slot = Int(session.slot)
        return slot < sessions.count && sessions[slot].stage != .free
            && sessions[slot].generation == session.generation
    }

    /// Whether it is still connected, and was not told to close.
    func isListening(_ session: SessionID) -> Bool {
        isCurrent(session) && sessions[Int(session.slot)].stage != .closing
    }

    private mutating func perform(
        _ text: [UInt8], of session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        let request = try Request(text, with: decoder)
        if let user = sessions[slot(of: session)].user {
            guard request.kind != .hello else {
                throw Refusal(.helloFirst, "You have said hello already, as \(users[user].name.text).")
            }
            let command = try Command(request, textBytes: settings.textBytes)
            // Whoever goes on has had its welcome, and the token in it.
            users[user].isProven = true
            try perform(command, of: session, by: user, at: now, into: &actions)
        } else {
            guard request.kind == .hello else {
                throw Refusal(.helloFirst, "Say hello first.", about: request.subject)
            }
            guard sessions[slot(of: session)].stage == .open else {
                throw Refusal(.helloFirst, "You have said hello already. Wait for the welcome.")
            }
            guard case .hello(let hello) = try Command(request, textBytes: settings.textBytes) else { return }
            try greet(hello, session, at: now, into: &actions)
        }
    }
}
