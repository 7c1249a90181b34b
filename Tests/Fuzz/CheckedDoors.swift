// What the host of the fuzzed chat acts on. Each action is checked; the first that is wrong is the finding.

import Chat
import Host
import Model

final class CheckedDoors: Transport, Ledger, CrashLog, Reporter {
    static let slots: UInt32 = 4

    private(set) var model: ModelLedger
    /// By slot; nil: it is free.
    private(set) var sessions = [SessionID?](repeating: nil, count: Int(CheckedDoors.slots))
    private var subscriptions: [SessionID: Set<RoomID>] = [:]
    private var drainRequests: [SessionID] = []
    private var generation: UInt32 = 0
    private var appended: [(entry: Entry, origin: SessionID?)] = []
    private var asked: [(number: UInt64, query: Query)] = []
    private var outcomes: [LedgerOutcome] = []
    private var finding: Finding?

    init() { model = ModelLedger() }

    init(_ other: CheckedDoors) {
        model = other.model
        (sessions, subscriptions, generation) = (other.sessions, other.subscriptions, other.generation)
    }

    /// - Throws: what was wrong since the last call.
    func check() throws {
        if let finding {
            self.finding = nil
            throw finding
        }
    }

    private func expect(_ holds: Bool, _ otherwise: @autoclosure () -> String) {
        if !holds, finding == nil { finding = Finding(description: otherwise()) }
    }

    private func isOpen(_ session: SessionID) -> Bool { sessions[Int(session.slot)] == session }

    // MARK: sessions

    func connect(_ slot: UInt32) -> SessionID? {
        guard sessions[Int(slot)] == nil else { return nil }
        generation += 1
        let session = SessionID(slot: slot, generation: generation)
        sessions[Int(slot)] = session
        return session
    }

    func disconnect(_ slot: UInt32) -> SessionID? {
        guard let session = sessions[Int(slot)] else { return nil }
        end(session)
        return session
    }

    private func end(_ session: SessionID) {
        sessions[Int(session.slot)] = nil
        subscriptions[session] = nil
        drainRequests.removeAll { $0 == session }
    }

    /// Another process: the sessions are connected, and know nothing.
    func restart() { (subscriptions, drainRequests, outcomes) = ([:], [], []) }

    func loseWaiting() { (appended, asked) = ([], []) }

    func takeDrainRequest() -> SessionID? { drainRequests.popLast() }

    // MARK: the transport

    func send(_ json: [UInt8], to session: SessionID) {
        expect(isOpen(session), "\(session) is sent to, and has ended.")
        expect(StrictJSON.isObject(json), "\(String(decoding: json, as: UTF8.self)) is no JSON object.")
    }

    func publish(_ json: [UInt8], to room: RoomID) {
        expect(StrictJSON.isObject(json), "\(String(decoding: json, as: UTF8.self)) is no JSON object.")
        expect(!json.starts(with: #"{"type":"private""#.utf8), "A private message is published.")
    }

    func subscribe(_ session: SessionID, to room: RoomID) {
        let isFirst = subscriptions[session, default: []].insert(room).inserted
        expect(isOpen(session) && isFirst, "\(session) is subscribed to \(room) twice.")
    }

    func unsubscribe(_ session: SessionID, from room: RoomID) {
        expect(
            !isOpen(session) || subscriptions[session]?.remove(room) != nil,
            "\(session) is not subscribed to \(room).")
    }

    func awaitDrain(_ session: SessionID) { if isOpen(session) { drainRequests.append(session) } }

    func close(_ session: SessionID, _ reason: CloseReason, at now: Moment) -> Bool {
        expect(isOpen(session), "\(session) is closed twice.")
        expect(reason.reason.utf8.count <= 123, "\(reason.reason) does not fit.")
        end(session)
        return true
    }

    // MARK: the ledger

    func append(_ entry: Entry, from origin: SessionID?) -> Bool {
        appended.append((entry, origin))
        return true
    }

    func read(_ number: UInt64, _ query: Query, for user: UserID?) { asked.append((number, query)) }

    func takeOutcomes(_ body: (LedgerOutcome) -> Void) {
        let taken = outcomes
        outcomes = []
        taken.forEach(body)
    }

    var isWaiting: Bool { !appended.isEmpty || !asked.isEmpty }

    /// - Returns: whether something waited to be committed.
    func commit(isRefused: Bool) -> Bool {
        guard !appended.isEmpty else { return false }
        let (entry, origin) = appended.removeFirst()
        if isRefused {
            outcomes.append(.refused(entry, from: origin, LedgerError("The disk is full.")))
        } else {
            switch model.commit(entry) {
            case .committed(let committed): outcomes.append(.committed(committed, from: origin))
            case .repeated(let committed): outcomes.append(.repeated(committed, from: origin))
            case .rejected(let rejection): outcomes.append(.rejected(entry, from: origin, rejection))
            }
        }
        return true
    }

    /// - Returns: whether a question waited.
    func answer(isFailed: Bool) -> Bool {
        guard !asked.isEmpty else { return false }
        let (number, query) = asked.removeFirst()
        outcomes.append(.answered(number, isFailed ? .failed("The disk is gone.") : model.answer(query)))
        return true
    }

    func forget(upTo seq: UInt64) {
        model.forget(upTo: seq)
        outcomes.append(.forgotten(upTo: seq))
    }

    // MARK: the rest

    func identified(_ session: SessionID, as user: UserID) {}
    func joinedRoom(_ session: SessionID, _ room: RoomID, name: String) {}
    func leftRoom(_ session: SessionID, _ room: RoomID) {}
    func report(_ report: Report) {}
    func queued() {}
    func resolved(_ outcome: LedgerOutcome) {}
}
