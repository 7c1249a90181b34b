// What the host of a simulated daemon acts on: links, the slow ledger, and the watch, which checks each action.

import Bridge
import Host
import Model
import WebSocket

@testable import Chat

final class Doors: Transport, Ledger, CrashLog, Reporter {
    struct Subscriber: Equatable {
        /// The slot of the connection.
        let session: SessionID
        /// How it gets events; nil for chatrelay.v1.
        let form: SocketIOForm?
    }

    private unowned let daemon: Daemon
    /// By the number of the room.
    private(set) var subscribers: [[Subscriber]] = []
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
        watch.sends(json, to: session, daemon.chat, daemon.address(of: session), at: daemon.now)
        if Planter.isLost(json, fault, daemon.dice) { return }
        if let link = daemon.open(session) {
            write(json, link)
        } else if daemon.bridge.holds(session) {
            daemon.findings.note("\(session.slot)< \(String(decoding: json, as: UTF8.self))")
            daemon.bridged { $0.send(json, to: session, at: daemon.now.monotonic, into: &$1) }
        }
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
        var event = SocketIOEvent(json, ledger: daemon.bridge.ledger)
        let known = Int(room.index) < subscribers.count ? subscribers[Int(room.index)] : []
        for subscriber in known {
            if fault == .lostDelivery, daemon.dice.permille(10) { continue }
            if Planter.isLost(json, fault, daemon.dice) { continue }
            let session = subscriber.session
            daemon.findings.expect(!watch.ended.contains(session), "\(session) was thrown out, and hears the room")
            var frame: [UInt8] = []
            if let form = subscriber.form {
                guard let message = event.message(form) else { continue }
                Frame.text([UInt8(ascii: "4")] + message, to: &frame)
                daemon.openSocketIO(session)?.write(frame, at: daemon.now.monotonic)
            } else {
                Frame.text(json, to: &frame)
                daemon.open(session)?.write(frame, at: daemon.now.monotonic)
            }
        }
        if !daemon.bridge.isIdle {
            daemon.bridged { $0.publish(&event, to: room, at: daemon.now.monotonic, into: &$1) }
        }
    }

    func subscribe(_ session: SessionID, to room: RoomID) {
        if daemon.open(session) != nil {
            subscribe(Subscriber(session: session, form: nil), to: room)
        } else if daemon.bridge.holds(session) {
            daemon.bridged { $0.subscribe(session, to: room, into: &$1) }
        }
    }

    func unsubscribe(_ session: SessionID, from room: RoomID) {
        notice("\(session) leaves a room")
        if daemon.bridge.holds(session) {
            daemon.bridged { $0.unsubscribe(session, from: room, into: &$1) }
        } else if fault != .deafToLeaving || daemon.open(session) == nil {
            unsubscribe(Subscriber(session: session, form: nil), from: room)
        }
    }

    func subscribe(_ subscriber: Subscriber, to room: RoomID) {
        while subscribers.count <= Int(room.index) { subscribers.append([]) }
        subscribers[Int(room.index)].append(subscriber)
    }

    func unsubscribe(_ subscriber: Subscriber, from room: RoomID) {
        guard Int(room.index) < subscribers.count else { return }
        subscribers[Int(room.index)].removeAll { $0 == subscriber }
    }

    /// The connection has ended. The bridge does not unsubscribe it.
    func unsubscribeFromRooms(_ session: SessionID) {
        for index in subscribers.indices { subscribers[index].removeAll { $0.session == session } }
    }

    func awaitDrain(_ session: SessionID) { drainRequests.append(session) }

    var hasDrainRequests: Bool { !drainRequests.isEmpty }

    func takeDrainRequest() -> SessionID? { drainRequests.isEmpty ? nil : drainRequests.removeFirst() }

    func close(_ session: SessionID, _ reason: CloseReason, at now: Moment) -> Bool {
        notice("\(session) is closed")
        watch.closes(session, reason)
        if let link = daemon.open(session) {
            daemon.beginClosing(link, reason.code, reason.reason)
            return true
        }
        guard daemon.bridge.holds(session) else { return false }
        daemon.notesEnd(of: session)
        var isClosed = false
        daemon.bridged { isClosed = $0.close(session, reason, at: now.monotonic, into: &$1) }
        return isClosed
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
            if let origin, let id = MessageID(message.id) { send(ServerEvent.ack(id, seq: seq).json, to: origin) }
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
