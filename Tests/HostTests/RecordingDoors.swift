// The doors of a host in tests: they record what the host does, and keep what each session would get.

import Chat
import Host
import Model

final class RecordingDoors: Transport, Ledger, CrashLog, Reporter {
    /// What the host did, in order.
    private(set) var calls: [String] = []
    /// What each session got and has not taken yet.
    private var inboxes: [SessionID: [String]] = [:]
    private var subscribers: [RoomID: [SessionID]] = [:]
    private(set) var closed: Set<SessionID> = []
    private(set) var drainRequests: [SessionID] = []
    private(set) var presences: [SessionID: (user: UserID, rooms: [RoomID: String])] = [:]
    private(set) var reports: [Report] = []
    private var model = ModelLedger()
    private var outcomes: [LedgerOutcome] = []
    /// Whether the ledger's queue is full.
    var refuses = false

    func takeCalls() -> [String] {
        defer { calls = [] }
        return calls
    }

    func takeInbox(of session: SessionID) -> [String] { inboxes.removeValue(forKey: session) ?? [] }

    var snapshot: Snapshot { model.snapshot() }

    /// Another process has the same connections and the same ledger, and knows nothing.
    func restart() { (subscribers, calls, outcomes) = ([:], [], []) }

    private func deliver(_ json: [UInt8], to session: SessionID) {
        inboxes[session, default: []].append(String(decoding: json, as: UTF8.self))
    }

    // MARK: the transport

    func send(_ json: [UInt8], to session: SessionID) {
        calls.append("send \(session.slot)")
        if !closed.contains(session) { deliver(json, to: session) }
    }

    func publish(_ json: [UInt8], to room: RoomID) {
        calls.append("publish \(room.index)")
        for session in subscribers[room, default: []] { deliver(json, to: session) }
    }

    func subscribe(_ session: SessionID, to room: RoomID) {
        calls.append("subscribe \(session.slot) \(room.index)")
        subscribers[room, default: []].append(session)
    }

    func unsubscribe(_ session: SessionID, from room: RoomID) {
        calls.append("unsubscribe \(session.slot) \(room.index)")
        subscribers[room]?.removeAll { $0 == session }
    }

    func awaitDrain(_ session: SessionID) { drainRequests.append(session) }

    func close(_ session: SessionID, _ reason: CloseReason, at now: Moment) -> Bool {
        calls.append("close \(session.slot) \(reason.code)")
        guard closed.insert(session).inserted else { return false }
        for room in subscribers.keys { subscribers[room]?.removeAll { $0 == session } }
        deliver(Array("\(reason.code) \(reason.reason)".utf8), to: session)
        return true
    }

    // MARK: the ledger

    func append(_ entry: Entry, from origin: SessionID?) -> Bool {
        calls.append("append")
        guard !refuses else {
            outcomes.append(.refused(entry, from: origin, LedgerError("The queue is full.", isOverflow: true)))
            return false
        }
        switch model.commit(entry) {
        case .committed(let committed): outcomes.append(.committed(committed, from: origin))
        case .repeated(let committed): outcomes.append(.repeated(committed, from: origin))
        case .rejected(let rejection): outcomes.append(.rejected(entry, from: origin, rejection))
        }
        return true
    }

    func read(_ number: UInt64, _ query: Query, for user: UserID?) {
        outcomes.append(.answered(number, model.answer(query)))
    }

    var hasOutcomes: Bool { !outcomes.isEmpty }

    func takeOutcomes(_ body: (LedgerOutcome) -> Void) {
        let taken = outcomes
        outcomes = []
        taken.forEach(body)
    }

    // MARK: crash log and reporter

    func identified(_ session: SessionID, as user: UserID) { presences[session] = (user, [:]) }
    func joinedRoom(_ session: SessionID, _ room: RoomID, name: String) { presences[session]?.rooms[room] = name }
    func leftRoom(_ session: SessionID, _ room: RoomID) { presences[session]?.rooms[room] = nil }
    func report(_ report: Report) { reports.append(report) }
    func queued() { calls.append("queued") }
    func resolved(_ outcome: LedgerOutcome) { calls.append("resolved") }
}
