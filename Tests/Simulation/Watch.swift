// What is looked at all the time, from what the chat is given and what it does: who has which name, who leaves when, which
// names are given up, and what large rooms are told.

import Model

@testable import Chat

/// Outlives the daemon: it knows what was told before a crash.
final class Watch {
    private struct Place: Hashable {
        let user: UserID
        let room: String
    }

    private let settings: ChatSettings
    let findings: Findings
    let events: EventReader
    /// The names of all that are users, as far as it was told.
    private(set) var names: [UserID: String] = [:]
    private var owners: [String: UserID] = [:]
    /// When a line of the user broke that was in the room, and when the user was last here.
    private var broken: [Place: Int64] = [:]
    private var seen: [UserID: Int64] = [:]
    /// When a user was last noted to be here, stored or not.
    private var noted: [UserID: Int64] = [:]
    private var counted: [String: Int64] = [:]
    /// When each user's presence was told last.
    private var told: [UInt64: Int64] = [:]
    /// Who was in a room when the daemon before crashed, and has not left it since: nobody hears that it joins.
    private var there: Set<Place> = []
    /// The tokens that clients have got.
    var tokens: [String] = []
    /// The chat does what a client or an administrator asks it to do.
    var isAsked = false

    // Administrators' orders: Watch+Orders.swift.

    /// Those that nobody was answered.
    var orders: Set<UInt64> = []
    var sanctions: [Sanction.Subject: Sanction] = [:]
    /// The messages of which it was told that they are withdrawn.
    var deletions: Set<UInt64> = []
    /// The newest texts of edited messages, and the reactions to messages, of which it was told.
    var edits: [UInt64: String] = [:]
    var reactions: [UInt64: Set<String>] = [:]
    /// Messages whose deletion a power failure has lost. Clients that got it need not have them.
    var revived: Set<UInt64> = []
    /// Those that were thrown out.
    var ended: Set<SessionID> = []

    weak var ledger: SlowLedger?

    init(_ settings: ChatSettings, _ events: EventReader, _ findings: Findings) {
        self.settings = settings
        self.events = events
        self.findings = findings
    }

    func owner(of name: String) -> UserID? { (try? UserName(name)).flatMap { owners[$0.key] } }

    // MARK: what the chat is told

    /// The chat applies an entry next.
    func applies(_ committed: Committed, _ chat: Chat) {
        switch committed.entry {
        case .claim(let claim): give(claim.name, to: UserID(committed.seq), seen: claim.at)
        case .rename(let id, let name):
            if let old = names[id] { owners[key(old)] = nil }
            give(name, to: id, seen: nil)
        case .release(let id):
            findings.took(.released)
            (sanctions[.user(id)], sanctions[.mute(id)]) = (nil, nil)
            if let old = names.removeValue(forKey: id) { owners[key(old)] = nil }
        case .message(let message):
            if message.details.reply != nil { findings.took(.replied) }
            if let room = chat.rooms.id(named: message.room), case .reading = chat.rooms[room].history.loading {
                findings.took(.roomReadWhileMessagesCome)
            }
        case .private, .seen, .device, .signOut, .recovery, .status, .read, .topic: break
        case .sanction, .lift, .announcement, .change: appliesOrder(committed, chat)
        }
    }

    private func give(_ name: String, to user: UserID, seen time: Int64?) {
        let key = key(name)
        findings.expect(
            owners[key] == nil, "two users have the name \(name): \(user) and \(String(describing: owners[key]))")
        owners[key] = user
        names[user] = name
        if let time { seen[user] = time }
    }

    /// A daemon begins with what the ledger has: all of it is told.
    func begins(_ ledger: ModelLedger) {
        (names, owners) = ([:], [:])
        beginsOrders(ledger)
        for user in ledger.users {
            let isLost = noted[user.id] ?? .min > user.seen
            give(user.name, to: user.id, seen: isLost ? user.seen : max(user.seen, seen[user.id] ?? .min))
        }
        counted = [:]
        told = [:]
    }

    /// A session's line has broken.
    func leaves(_ session: SessionID, _ chat: Chat, at now: Moment) {
        let slot = Int(session.slot)
        guard slot < chat.sessions.count, let place = chat.sessions[slot].user else { return }
        let user = chat.users[place].id
        seen[user] = now.wall
        for membership in chat.sessions[slot].memberships {
            broken[Place(user: user, room: chat.rooms[membership.room].name)] = now.monotonic
        }
    }

    /// All lines break at once.
    func crashes(_ chat: Chat, at now: Moment) {
        for session in chat.sessions {
            if let user = session.user { seen[chat.users[user].id] = now.wall }
        }
    }

    /// After a crash: these were in these rooms.
    func expects(_ places: [(user: UserID, room: String)], at now: Moment) {
        there = Set(places.map { Place(user: $0.user, room: $0.room) })
        for place in there { broken[place] = now.monotonic }
    }

    func reports(_ report: Report) {
        if case .left(let name, let room) = report, let user = owner(of: name) {
            there.remove(Place(user: user, room: room))
        }
    }

    // MARK: what the chat does

    func appends(_ entry: Entry, _ chat: Chat, at now: Moment) {
        expectAllowed(entry, at: now)
        switch entry {
        case .release(let id):
            guard let place = chat.users.index(of: id), chat.users[place].isConfirmed else { return }
            findings.took(.expired)
            // While time jumps it is noted rarely who is here.
            let days = Int64(settings.nameDays) * 86_400_000 - 2 * World.tickOfJump
            let away = now.wall - (seen[id] ?? .min)
            findings.expect(
                chat.users[place].sessions.isEmpty && away >= days,
                "\(names[id] ?? "") loses its name \(away) ms after it was last here, which is less than \(days) ms")
        case .private(let message):
            findings.expect(
                owner(of: message.to) == message.peer, "to \(message.to), who is not \(message.peer): \(message)")
            findings.expect(
                owner(of: message.from) == message.user, "from \(message.from), who is not \(message.user): \(message)")
        case .message(let message):
            findings.expect(
                owner(of: message.from) == message.user, "from \(message.from), who is not \(message.user): \(message)")
        case .seen(let id, let at, _): noted[id] = at
        case .claim, .rename, .sanction, .lift, .announcement, .change, .device, .signOut, .recovery, .status, .read,
            .topic:
            break
        }
    }

    func publishes(_ json: [UInt8], at now: Moment) {
        let event = events.read(json)
        if event.type == "presence", let user = event.user {
            // Once for each of its rooms.
            let last = told.updateValue(now.monotonic, forKey: user) ?? .min / 2
            findings.expect(
                last == now.monotonic || now.monotonic - last >= ChatLimits.presenceInterval, "\(event) comes too soon")
        }
        guard event.type == "system", let room = event.room else { return }
        switch event.event {
        case "count":
            findings.took(.manyCounted)
            let last = counted[room] ?? .min / 2
            findings.expect(now.monotonic - last >= ChatLimits.countInterval, "\(room) is counted too often")
            counted[room] = now.monotonic
        case "joined", "left":
            findings.expect(
                event.users ?? .max <= ChatLimits.announcedUsers, "\(room) is large, and told of each: \(event)")
            if event.event == "joined", let user = owner(of: event.name ?? "") {
                findings.expect(
                    !there.contains(Place(user: user, room: room)), "it is told that \(event.name ?? "") joined \(room)"
                )
            }
            if !isAsked, event.event == "left" { left(event.name ?? "", room, at: now) }
        default: break
        }
    }

    /// Somebody's grace is over.
    private func left(_ name: String, _ room: String, at now: Moment) {
        guard let user = owner(of: name), let time = broken[Place(user: user, room: room)] else {
            return findings.violated("\(name) left \(room), where no line of its own broke")
        }
        let grace = Int64(settings.graceSeconds) * 1_000
        findings.expect(
            now.monotonic - time >= grace, "\(name) left \(room) \(now.monotonic - time) ms after its line broke")
    }

    func key(_ name: String) -> String { (try? UserName(name))?.key ?? "" }
}
