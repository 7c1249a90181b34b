// One world: a daemon and its ledger, the clients and the lines between them, and time. All of it comes from the seed.

import Model

@testable import Chat

final class World {
    let profile: Profile
    let dice: Dice
    let findings = Findings()
    let events: EventReader
    let watch: Watch
    let ledger: SlowLedger
    var daemon: Daemon
    private(set) var clients: [Client] = []
    var now = Moment(wall: 1_767_225_600_000, monotonic: 5_000)
    private var nextTick: Int64 = 5_000
    /// A crashed daemon is back then.
    var startsAt: Int64?
    /// What the crash has left: who was in which room, and the lines that have outlived it.
    var left: (places: [(user: UserID, room: String)], lines: [Link]) = ([], [])
    var lastCrash: UInt32 = 0
    /// Lines that say nothing for a while, and those of laggards.
    var stalled: [Int: Int64] = [:]
    var accepted: [Accepted] = []
    /// The token of a cookie may have several, one after the other.
    private var usersOfToken: [TokenHash: [UserID]] = [:]
    /// The tokens of cookies: new users get them, again and again.
    var cookies: Set<String> = []
    private var released: Set<UserID> = []
    private var known = 0
    var adminResult: UInt64 = 0

    init(seed: UInt64, fault: PlantedFault? = nil) {
        dice = Dice(seed: seed)
        profile = Profile(dice, fault: fault)
        events = EventReader(findings)
        watch = Watch(profile.settings, events, findings)
        ledger = SlowLedger(profile, dice, findings)
        watch.ledger = ledger
        daemon = Daemon(profile, dice, ledger, watch, findings, at: now)
        for index in 0..<profile.clients {
            let sharesUser = index > 0 && dice.below(100) < profile.devices
            let vice = dice.below(100) < profile.villains ? dice.pick(Vice.allCases) : nil
            let keep = sharesUser ? clients[index - 1].keep : Keep()
            let way = dice.permille(profile.socketIO) ? dice.pick(SocketIOEnd.ways) : nil
            // Somebody comes late, when there is much to be shown.
            let turns = index % 4 == 3 ? profile.turns / 2 : 10
            let start = now.monotonic + Int64(dice.below(profile.turnMilliseconds * turns))
            clients.append(Client(index, self, keep, way, vice: vice, startsAt: start))
        }
    }

    /// Runs to the end, or to the first violation.
    func run() {
        for turn in 0..<profile.turns where findings.isClean {
            findings.note("turn \(turn), \(now.monotonic) ms")
            breakSomething()
            step(isQuiet: false)
        }
        guard findings.isClean else { return }
        settle()
        if findings.isClean { checkAtRest() }
    }

    // MARK: a turn

    private func step(isQuiet: Bool) {
        pass(Int64(isQuiet ? 500 : 1 + dice.below(profile.turnMilliseconds)))
        if let startsAt {
            guard startsAt <= now.monotonic else { return }
            start()
        }
        for client in clients where findings.isClean { client.act(isQuiet: isQuiet) }
        ledger.step()
        daemon.turn(isHurried: isQuiet)
        if now.monotonic >= nextTick {
            nextTick = now.monotonic + 1_000
            daemon.tick()
        }
        for client in clients where findings.isClean { deliver(to: client, isHurried: isQuiet) }
    }

    func pass(_ milliseconds: Int64) {
        now.wall += milliseconds
        now.monotonic += milliseconds
        daemon.now = now
    }

    /// Some of what is in the line comes out of it.
    private func deliver(to client: Client, isHurried: Bool) {
        for link in client.links {
            if !link.down.isEmpty, isHurried || stalled[client.index] ?? .min <= now.monotonic {
                let all = isHurried || dice.permille(600)
                repeat {
                    client.receive(link.read(all ? link.down.count : 1 + dice.below(link.down.count)), on: link)
                } while isHurried && (link.resume() || !link.down.isEmpty)
            }
            if link.phase == .gone, link.down.isEmpty { client.ended(link, wait: dice.below(5_000)) }
        }
    }

    // MARK: what is known of the ledger

    func user(of token: String) -> UserID? {
        look()
        let users = usersOfToken[Token(token).hash, default: []]
        return users.last { !released.contains($0) } ?? users.last
    }

    func user(of session: SessionID) -> UserID? {
        daemon.chat.sessions[Int(session.slot)].user.map { daemon.chat.users[$0].id }
    }

    /// Whether the daemon has crashed since it knew who that is.
    func isForgotten(_ session: SessionID) -> Bool {
        startsAt != nil || daemon.chat.pendingHellos.resyncs[session.slot] != nil
    }

    func isReleased(_ user: UserID?) -> Bool {
        look()
        return user.map(released.contains) == true
    }

    private func look() {
        for committed in ledger.everything[known...] {
            switch committed.entry {
            case .claim(let claim):
                if let token = claim.token { usersOfToken[token, default: []].append(UserID(committed.seq)) }
            case .device(let new): usersOfToken[new.token, default: []].append(new.user)
            case .release(let id): released.insert(id)
            default: break
            }
        }
        known = ledger.everything.count
    }

    /// The power has failed, and these are gone.
    func forget(_ gone: [Committed]) {
        look()
        for case .release(let id) in gone.map(\.entry) { released.remove(id) }
        // Also of a user whose release is gone, too.
        for committed in gone { if case .claim = committed.entry { released.insert(UserID(committed.seq)) } }
    }

    // MARK: the end

    /// No faults any more: everybody comes back, and everything arrives.
    private func settle() {
        findings.note("no faults from here on")
        ledger.isHealthy = true
        if let startsAt {
            pass(max(startsAt - now.monotonic, 0))
            start()
        }
        // What was ordered is done, and then undone.
        for _ in 0..<8 where findings.isClean && !(daemon.chat.sanctionList.isEmpty && ledger.isIdle) {
            pardon()
            for _ in 0..<3 { step(isQuiet: true) }
        }
        stalled = [:]
        var (calm, steady, before) = (0, 0, signedIn)
        for _ in 0..<600 where findings.isClean {
            step(isQuiet: true)
            calm = isCalm ? calm + 1 : 0
            // A session of a client that is not good may end at any time, which the tick tells some seconds later.
            steady = signedIn == before ? steady + 1 : 0
            before = signedIn
            // Graces are over, and large rooms are counted.
            if calm > 2 * profile.settings.graceSeconds + 30, steady > 10 { return }
        }
        let stuck = clients.filter { !isSettled($0) }.map { client in
            "client \(client.index) \(client.state), arriving: \(client.isArriving), waits for \(client.waits), "
                + "\(client.pending.count) pending, acknowledgements \(client.socket?.awaited ?? [:]), "
                + "page \(String(describing: client.paging)), rooms \(client.hearing)"
        }
        findings.violated("not at rest in time: \(stuck) \(daemon.chat.reads)")
    }

    /// The slots of sessions that have a user.
    private var signedIn: [Int] { daemon.chat.sessions.indices.filter { daemon.chat.sessions[$0].user != nil } }

    private var isCalm: Bool {
        ledger.isIdle && clients.allSatisfy(isSettled)
    }

    private func isSettled(_ client: Client) -> Bool {
        guard client.isGood else { return true }
        return client.isLive && client.pending.isEmpty && client.paging == nil && client.hasReadAll
            && client.rooms.allSatisfy { client.hearing[$0] == .live && client.covered[$0]?.gap == nil }
            && client.privates.gap == nil && client.views.values.allSatisfy { !$0.isUnknown }
    }
}
