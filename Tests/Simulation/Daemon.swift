// The daemon without its machine: the chat, an endpoint for each connection, and the actions carried out as the relay does it
// (Sources/Relay). Its sockets are links, its ledger is slow.

import Model
import WebSocket

@testable import Chat

final class Daemon {
    var chat: Chat
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
    /// By the number of the room: who hears it.
    private(set) var subscribers: [[SessionID]] = []
    private var paced: [SessionID] = []
    private var actions: [Action] = []
    /// Nothing is read any more, for another one is to go on.
    var isHandingOver = false

    init(_ profile: Profile, _ dice: Dice, _ ledger: SlowLedger, _ watch: Watch, _ findings: Findings, at now: Moment) {
        self.profile = profile
        self.dice = dice
        self.ledger = ledger
        self.findings = findings
        self.watch = watch
        self.now = now
        var settings = profile.settings
        if profile.fault == .noGrace { settings.graceSeconds = 0 }
        var snapshot = ledger.disk.snapshot(recent: profile.recent)
        if profile.fault == .forgottenSanctions { snapshot.sanctions = [] }
        chat = Chat(settings: settings, random: dice.split(), snapshot: snapshot)
    }

    // MARK: a turn

    /// A client connects.
    func accept(_ client: Int) -> Link {
        let slot = free.popLast() ?? UInt32(links.count)
        if Int(slot) == links.count {
            links.append(nil)
            generations.append(0)
        }
        let session = SessionID(slot: slot, generation: generations[Int(slot)])
        let link = Link(session, client: client, socketBytes: profile.socketBytes)
        links[Int(slot)] = link
        watch.ended.remove(session)
        withChat { $0.connected(session, address: World.address(of: client), at: $1, into: &$2) }
        return link
    }

    /// What has come in is read and given to the chat; what the ledger has done is told; what lags is looked at.
    /// - Parameter isHurried: all that is there is read.
    func turn(isHurried: Bool) {
        let first = dice.below(links.count)
        for offset in 0..<links.count {
            guard findings.isClean else { return }
            if !isHandingOver, let link = links[(first + offset) % links.count] { hear(link, isHurried) }
        }
        for outcome in ledger.takeOutcomes() { tell(outcome) }
        settle()
    }

    func tick() {
        withChat { $0.tick(at: $1, into: &$2) }
        for link in links.compactMap({ $0 }) {
            if case .closing(let until) = link.phase, until <= now.monotonic { drop(link) }
            if now.monotonic - link.queuedSince > 30_000 { cutOff(link) }
        }
        settle()
    }

    private func settle() {
        while !isHandingOver, !paced.isEmpty {
            let sessions = paced
            paced = []
            for session in sessions {
                guard let link = speaking(session) else { continue }
                if link.outbox.isEmpty { drained(session) } else { link.isPaced = true }
            }
        }
        for case let link? in links { inspect(link) }
        if !isHandingOver, !paced.isEmpty { settle() }
    }

    private func inspect(_ link: Link) {
        if link.resume() || link.outbox.isEmpty {
            guard !isHandingOver, link.isPaced, link.phase == .open else { return }
            link.isPaced = false
            drained(link.session)
        } else if link.outboxBytes > profile.outboxBytes {
            cutOff(link)
        }
    }

    private func drained(_ session: SessionID) {
        guard profile.fault != .noPace else { return }
        findings.took(.paced)
        withChat { chat, _, actions in chat.drained(session, into: &actions) }
    }

    // MARK: what the ledger says

    private func tell(_ outcome: Outcome) {
        switch outcome {
        case .committed(let committed, _):
            watch.applies(committed, chat)
            // Whoever is thrown out leaves at once.
            watch.isAsked = true
            withChat { $0.apply(committed, at: $1, into: &$2) }
            watch.isAsked = false
        case .repeated(let committed, let origin):
            withChat { chat, _, actions in chat.acknowledge(committed, from: origin, into: &actions) }
        case .refused(let entry, let origin):
            withChat { chat, _, actions in chat.refuse(entry, from: origin, into: &actions) }
        case .answered(let number, let answer):
            withChat { chat, _, actions in chat.answered(number, answer, into: &actions) }
        case .forgotten(let seq): chat.forget(upTo: seq)
        }
    }

    // MARK: what the chat wants done

    func withChat(_ change: (inout Chat, Moment, inout [Action]) -> Void) {
        change(&chat, now, &actions)
        if profile.fault == .forgottenWithdrawals { chat.reads.forgetDeletions() }
        let todo = actions
        actions = []
        for action in todo { perform(action) }
    }

    private func perform(_ action: Action) {
        switch action {
        case .send(let session, let json):
            watch.sends(json, to: session, chat, links[Int(session.slot)]?.client ?? 0, at: now)
            if let link = speaking(session), !Planter.isLost(json, profile.fault, dice) { send(json, link) }
        case .publish(let room, let json): publish(json, room)
        case .subscribe(let session, let room):
            while subscribers.count <= Int(room.index) { subscribers.append([]) }
            subscribers[Int(room.index)].append(session)
        case .unsubscribe(let session, let room):
            if profile.fault != .deafToLeaving || speaking(session) == nil {
                subscribers[Int(room.index)].removeAll { $0 == session }
            }
        case .append(let entry, let origin):
            watch.appends(entry, chat, at: now)
            if Planter.isTold(entry, profile.fault) { tellEarly(entry, origin) }
            ledger.append(entry, from: origin)
        case .read(let number, let query): ledger.read(number, query)
        case .awaitDrain(let session): paced.append(session)
        case .close(let session, let closeReason):
            watch.closes(session, closeReason)
            if let link = speaking(session) { close(link, closeReason.code, closeReason.reason) }
        case .adminResult(let number, let result): watch.concludes(number, result)
        case .report(let report): watch.reports(report)
        case .identified, .joinedRoom, .leftRoom: break
        }
    }

    /// The session's link, as long as it is open in our direction.
    private func speaking(_ session: SessionID) -> Link? {
        guard let link = links[Int(session.slot)], link.session == session, link.phase == .open else { return nil }
        return link
    }

    private func send(_ json: [UInt8], _ link: Link) {
        findings.note("\(link.session.slot)< \(String(decoding: json, as: UTF8.self))")
        var frame: [UInt8] = []
        Frame.text(json, to: &frame)
        link.write(frame, at: now.monotonic)
    }

    private func publish(_ json: [UInt8], _ room: RoomID) {
        findings.note("room \(room.index)< \(String(decoding: json, as: UTF8.self))")
        watch.publishes(json, at: now)
        watch.expectKept(json)
        guard Int(room.index) < subscribers.count else { return }
        var frame: [UInt8] = []
        Frame.text(json, to: &frame)
        for session in subscribers[Int(room.index)] {
            if profile.fault == .lostDelivery, dice.permille(10) { continue }
            if Planter.isLost(json, profile.fault, dice) { continue }
            findings.expect(!watch.ended.contains(session), "\(session) was thrown out, and hears the room")
            speaking(session)?.write(frame, at: now.monotonic)
        }
    }

    /// A planted fault: what is not in the ledger is told.
    private func tellEarly(_ entry: Entry, _ origin: SessionID?) {
        let seq = ledger.disk.seq + 1
        guard case .message(let message) = entry, let room = chat.rooms.id(named: message.room) else { return }
        if profile.fault == .earlyAcknowledgement {
            if let origin, let link = speaking(origin), let id = MessageID(message.id) {
                send(ServerEvent.ack(id, seq: seq).json, link)
            }
        } else {
            publish(ServerEvent.message(seq: seq, message).json, room)
        }
    }
}
