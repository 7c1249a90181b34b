// The daemon without its machine: the host that the real daemon runs, over links instead of sockets and over a slow ledger.

import Bridge
import Host
import Model
import WebSocket

@testable import Chat

final class Daemon {
    let profile: Profile
    let dice: Dice
    let findings: Findings
    let ledger: SlowLedger
    let watch: Watch
    var now: Moment
    /// By slot.
    var links: [Link?] = []
    var generations: [UInt32] = []
    var free: [UInt32] = []
    /// Nothing is read any more, for another daemon is to continue.
    var isHandingOver = false
    /// Its doors to the links and the ledger. They refer to this, and the host keeps them.
    lazy var doors = Doors(self)
    lazy var host = makeHost()
    lazy var bridge = makeBridge()
    /// Inputs of the chat from sessions of Socket.IO.
    var chatInputs: [Bridge.ChatInput] = []
    /// Sessions of Socket.IO that have not got everything, of which the chat wants to be told when they have.
    private(set) var laggards: [SessionID] = []

    init(_ profile: Profile, _ dice: Dice, _ ledger: SlowLedger, _ watch: Watch, _ findings: Findings, at now: Moment) {
        self.profile = profile
        self.dice = dice
        self.ledger = ledger
        self.findings = findings
        self.watch = watch
        self.now = now
        _ = host
    }

    private func makeHost() -> ChatHost {
        var settings = profile.settings
        if profile.fault == .noGrace { settings.graceSeconds = 0 }
        var snapshot = ledger.disk.snapshot(recent: profile.recent)
        if profile.fault == .forgottenSanctions { snapshot.sanctions = [] }
        let chat = Chat(settings: settings, random: dice.split(), snapshot: snapshot)
        return ChatHost(chat, transport: doors, ledger: doors, crashLog: doors, reporter: doors)
    }

    var chat: Chat { host.chat }

    // MARK: a turn

    /// A client connects.
    func accept(_ client: Int) -> Link {
        let link = place(client, .chat)
        watch.ended.remove(link.session)
        host.connected(link.session, address: World.address(of: client), at: now)
        return link
    }

    func place(_ client: Int, _ use: Link.Use) -> Link {
        let link = Link(takeSlot(), use, client: client, socketBytes: profile.socketBytes)
        links[Int(link.session.slot)] = link
        return link
    }

    func takeSlot() -> SessionID {
        let slot = free.popLast() ?? UInt32(links.count)
        if Int(slot) == links.count {
            links.append(nil)
            generations.append(0)
        }
        return SessionID(slot: slot, generation: generations[Int(slot)])
    }

    func release(_ slot: UInt32) {
        generations[Int(slot)] += 1
        free.append(slot)
    }

    /// What has come in is read and given to the chat; the ledger's outcomes are applied; slow readers are looked at.
    /// - Parameter isHurried: everything that is there is read.
    func turn(isHurried: Bool) {
        if !isHandingOver { tickBridge() }
        let first = dice.below(links.count)
        for offset in 0..<links.count {
            guard findings.isClean else { return }
            if !isHandingOver, let link = links[(first + offset) % links.count] { hear(link, isHurried) }
        }
        host.applyOutcomes(at: now)
        watch.isAsked = false
        settle()
    }

    func tick() {
        host.tick(at: now)
        for link in links.compactMap({ $0 }) {
            if case .closing(let until) = link.phase, until <= now.monotonic { drop(link) }
            if now.monotonic - link.queuedSince > 30_000 { closeSlowReader(link) }
        }
        tickBridge()
        settle()
    }

    private func settle() {
        giveInputs()
        let waiting = laggards
        laggards = []
        for session in waiting { drainedOrLater(session) }
        while !isHandingOver, let session = doors.takeDrainRequest() { drainedOrLater(session) }
        for case let link? in links { inspect(link) }
        giveInputs()
        if !isHandingOver, doors.hasDrainRequests { settle() }
    }

    private func drainedOrLater(_ session: SessionID) {
        if let link = open(session) {
            if link.outbox.isEmpty { drained(session) } else { link.awaitsDrain = true }
        } else if bridge.holds(session) {
            if !isHandingOver, hasGotEverything(session) { drained(session) } else { laggards.append(session) }
        }
    }

    private func inspect(_ link: Link) {
        if link.resume() || link.outbox.isEmpty {
            guard !isHandingOver, link.awaitsDrain, link.phase == .open else { return }
            link.awaitsDrain = false
            drained(link.session)
        } else if link.outboxBytes > profile.outboxBytes {
            closeSlowReader(link)
        }
    }

    private func drained(_ session: SessionID) {
        guard profile.fault != .noPace else { return }
        findings.took(.paced)
        host.drained(session, at: now)
    }

    /// The session's link, as long as it is open in our direction.
    func open(_ session: SessionID) -> Link? {
        guard let link = links[Int(session.slot)], link.session == session, link.use == .chat, link.phase == .open
        else { return nil }
        return link
    }
}
