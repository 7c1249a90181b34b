// What the host of a simulated daemon acts on: links, the slow ledger, and the watch, which checks each action.

import Host
import Model
import WebSocket

@testable import Chat

final class Doors: Transport, Ledger, CrashLog, Reporter {
    private unowned let daemon: Daemon
    /// By the number of the room.
    private(set) var subscribers: [[SessionID]] = []
    private var drainRequests: [SessionID] = []
    /// What the crash records would have: the user and the rooms of each session.
    private var presences: [SessionID: (user: UserID, rooms: [RoomID: String])] = [:]
    /// While a planned restart is read, clients must notice nothing.
    var isResuming = false

    init(_ daemon: Daemon) { self.daemon = daemon }

    private var watch: Watch { daemon.watch }
    private var fault: PlantedFault? { daemon.profile.fault }

    private func notice(_ action: @autoclosure () -> String) {
        if isResuming { daemon.findings.violated("a planned restart is noticed: \(action())") }
    }

    // MARK: the transport

    func send(_ json: [UInt8], to session: SessionID) {
        notice("\(session) is sent \(String(decoding: json, as: UTF8.self))")
        let client = daemon.links[Int(session.slot)]?.client ?? 0
        watch.sends(json, to: session, daemon.chat, client, at: daemon.now)
        if let link = daemon.open(session), !Planter.isLost(json, fault, daemon.dice) { write(json, link) }
    }

    private func write(_ json: [UInt8], _ link: Link) {
        daemon.findings.note("\(link.session.slot)< \(String(decoding: json, as: UTF8.self))")
        var frame: [UInt8] = []
        Frame.text(json, to: &frame)
        link.write(frame, at: daemon.now.monotonic)
    }

    func publish(_ json: [UInt8], to room: RoomID) {
        notice("a room is sent \(String(decoding: json, as: UTF8.self))")
        daemon.findings.note("room \(room.index)< \(String(decoding: json, as: UTF8.self))")
        watch.publishes(json, at: daemon.now)
        watch.expectKept(json)
        guard Int(room.index) < subscribers.count else { return }
        var frame: [UInt8] = []
        Frame.text(json, to: &frame)
        for session in subscribers[Int(room.index)] {
            if fault == .lostDelivery, daemon.dice.permille(10) { continue }
            if Planter.isLost(json, fault, daemon.dice) { continue }
            daemon.findings.expect(!watch.ended.contains(session), "\(session) was thrown out, and hears the room")
            daemon.open(session)?.write(frame, at: daemon.now.monotonic)
        }
    }

    func subscribe(_ session: SessionID, to room: RoomID) {
        while subscribers.count <= Int(room.index) { subscribers.append([]) }
        subscribers[Int(room.index)].append(session)
    }

    func unsubscribe(_ session: SessionID, from room: RoomID) {
        notice("\(session) leaves a room")
        if fault != .deafToLeaving || daemon.open(session) == nil {
            subscribers[Int(room.index)].removeAll { $0 == session }
        }
    }

    func awaitDrain(_ session: SessionID) { drainRequests.append(session) }

    var hasDrainRequests: Bool { !drainRequests.isEmpty }

    func takeDrainRequest() -> SessionID? { drainRequests.isEmpty ? nil : drainRequests.removeFirst() }

    func close(_ session: SessionID, _ reason: CloseReason, at now: Moment) -> Bool {
        notice("\(session) is closed")
        watch.closes(session, reason)
        guard let link = daemon.open(session) else { return false }
        daemon.beginClosing(link, reason.code, reason.reason)
        return true
    }

    // MARK: the ledger

    func append(_ entry: Entry, from origin: SessionID?) -> Bool {
        notice("an entry is appended")
        watch.appends(entry, daemon.chat, at: daemon.now)
        if Planter.isTold(entry, fault) { tellEarly(entry, origin) }
        daemon.ledger.append(entry, from: origin)
        return true
    }

    func read(_ number: UInt64, _ query: Query, for user: UserID?) { daemon.ledger.read(number, query) }

    func takeOutcomes(_ body: (LedgerOutcome) -> Void) { daemon.ledger.takeOutcomes().forEach(body) }

    /// A planted fault: an event that is not in the ledger is sent.
    private func tellEarly(_ entry: Entry, _ origin: SessionID?) {
        let seq = daemon.ledger.disk.seq + 1
        guard case .message(let message) = entry, let room = daemon.chat.rooms.id(named: message.room) else { return }
        if fault == .earlyAcknowledgement {
            if let origin, let link = daemon.open(origin), let id = MessageID(message.id) {
                write(ServerEvent.ack(id, seq: seq).json, link)
            }
        } else {
            publish(ServerEvent.message(seq: seq, message).json, to: room)
        }
    }

    // MARK: the crash log

    func identified(_ session: SessionID, as user: UserID) { presences[session] = (user, [:]) }

    func joinedRoom(_ session: SessionID, _ room: RoomID, name: String) { presences[session]?.rooms[room] = name }

    func leftRoom(_ session: SessionID, _ room: RoomID) { presences[session]?.rooms[room] = nil }

    /// Who was in which room, as a crash leaves it.
    var places: [(user: UserID, room: String)] {
        presences.sorted { ($0.key.slot, $0.key.generation) < ($1.key.slot, $1.key.generation) }.flatMap {
            _, presence in
            presence.rooms.values.sorted().map { (presence.user, $0) }
        }
    }

    // MARK: the reporter

    func report(_ report: Report) { watch.reports(report) }

    func queued() {}

    func resolved(_ outcome: LedgerOutcome) {
        // A user who is banned leaves at once.
        watch.isAsked = false
        if case .committed(let committed, _) = outcome {
            watch.applies(committed, daemon.chat)
            watch.isAsked = true
        }
        if fault == .forgottenWithdrawals { daemon.forgetChanges() }
    }
}
