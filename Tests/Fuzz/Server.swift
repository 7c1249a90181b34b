// A chat of a few sessions and a model of a ledger: it carries the actions out as the relay does, and looks at each.

import Chat
import Model
import Primitives
import StateCoding

struct Server {
    static let settings = ChatSettings(
        rooms: ["lobby", "den"], textBytes: 64, rate: 10, burst: 8, nameDays: 1, graceSeconds: 1)
    static let slots: UInt32 = 4
    private static let beginning = Moment(wall: 1_767_225_600_000, monotonic: 5_000)

    private(set) var chat: Chat
    private(set) var ledger: ModelLedger
    private(set) var now = Server.beginning
    /// By slot; nothing: it is free.
    private(set) var sessions = [SessionID?](repeating: nil, count: Int(Server.slots))
    private var subscriptions: [SessionID: Set<RoomID>] = [:]
    private var closing: [SessionID] = []
    private var paced: [SessionID] = []
    private var generation: UInt32 = 0
    private var orders: UInt64 = 0
    private var crashes: UInt32 = 0
    /// What is appended, and asked, waits to be committed and answered.
    var isHeld = false
    private var appended: [(entry: Entry, origin: SessionID?)] = []
    private var asked: [(number: UInt64, query: Query)] = []

    init(_ ledger: ModelLedger = ModelLedger()) {
        self.ledger = ledger
        chat = Server.chat(ledger)
    }

    private static func chat(_ ledger: ModelLedger) -> Chat {
        Chat(settings: settings, random: SeededRandom(seed: 7), snapshot: ledger.snapshot(recent: 4))
    }

    // MARK: what happens to it

    mutating func connect(_ slot: UInt32, _ address: IPAddress?) throws {
        guard sessions[Int(slot)] == nil else { return }
        generation += 1
        let session = SessionID(slot: slot, generation: generation)
        sessions[Int(slot)] = session
        try run { $0.chat.connected(session, address: address, at: $0.now, into: &$1) }
    }

    /// Lets Ann, Bob and Cy in, who have the first slots.
    mutating func fill() throws {
        for (slot, name) in ["Ann", "Bob", "Cy"].enumerated() {
            try connect(UInt32(slot), nil)
            try receive(UInt32(slot), Array(#"{"type":"hello","name":"\#(name)"}"#.utf8))
        }
    }

    mutating func receive(_ slot: UInt32, _ text: [UInt8]) throws {
        guard let session = sessions[Int(slot)] else { return }
        try run { $0.chat.received(session, text, at: $0.now, into: &$1) }
    }

    mutating func disconnect(_ slot: UInt32) throws {
        guard let session = sessions[Int(slot)] else { return }
        sessions[Int(slot)] = nil
        subscriptions[session] = nil
        paced.removeAll { $0 == session }
        try run { $0.chat.disconnected(session, at: $0.now, into: &$1) }
    }

    mutating func tick(after milliseconds: Int64) throws {
        now.monotonic += milliseconds
        now.wall += milliseconds
        try run { $0.chat.tick(at: $0.now, into: &$1) }
    }

    mutating func order(_ order: AdminCommand) throws {
        orders += 1
        try run { $0.chat.administer(order, number: $0.orders, at: $0.now, into: &$1) }
    }

    mutating func forget(upTo seq: UInt64) {
        ledger.forget(upTo: seq)
        chat.forget(upTo: seq)
    }

    /// The ledger has done, or could not do, the first of what waits.
    mutating func commit(isRefused: Bool = false) throws {
        guard !appended.isEmpty else { return }
        let (entry, origin) = appended.removeFirst()
        if isRefused { return try run { $0.chat.refuse(entry, from: origin, into: &$1) } }
        switch ledger.commit(entry) {
        case .committed(let committed): try run { $0.chat.apply(committed, at: $0.now, into: &$1) }
        case .repeated(let committed): try run { $0.chat.acknowledge(committed, from: origin, into: &$1) }
        }
    }

    mutating func answer(isFailed: Bool = false) throws {
        guard !asked.isEmpty else { return }
        let (number, query) = asked.removeFirst()
        let answer = isFailed ? .failed("The disk is gone.") : ledger.answer(query)
        try run { $0.chat.answered(number, answer, into: &$1) }
    }

    /// Nothing waits any more.
    mutating func settle() throws {
        while !appended.isEmpty || !asked.isEmpty {
            try commit()
            try answer()
        }
    }

    // MARK: other processes

    /// What a planned restart writes.
    func state() -> [UInt8] {
        var writer = StateWriter()
        chat.write(to: &writer, at: now)
        return writer.bytes
    }

    /// Another process goes on with the sessions from this state, which may be none.
    /// - Returns: whether it was one.
    mutating func resume(_ state: [UInt8]) throws -> Bool {
        var reader = StateReader(state)
        (chat, subscriptions, paced) = (Server.chat(ledger), [:], [])
        var actions: [Action] = []
        do throws(StateError) {
            try chat.resume(
                from: &reader, session: { [sessions] in $0 < Server.slots ? sessions[Int($0)] : nil },
                open: sessions.compactMap { $0?.slot }, at: now, into: &actions)
        } catch {
            return false
        }
        guard reader.isAtEnd else { return false }
        for action in actions { try carryOut(action) }
        return true
    }

    /// A crash: what was appended is lost.
    mutating func crash() throws {
        (chat, subscriptions, paced, appended, asked) = (Server.chat(ledger), [:], [], [], [])
        crashes += 1
        for session in sessions.compactMap({ $0 }) {
            _ = chat.holdPresence(UserID(UInt64(session.slot)), in: "lobby", at: now)
            try run { server, actions in
                server.chat.recovered(
                    session, authenticatedName: nil, address: nil, again: server.crashes, at: server.now, into: &actions
                )
            }
        }
    }

    // MARK: actions

    private mutating func run(_ input: (inout Server, inout [Action]) -> Void) throws {
        var actions: [Action] = []
        input(&self, &actions)
        for action in actions { try carryOut(action) }
        if !isHeld { try settle() }
        while let session = paced.popLast() {
            if isOpen(session) { try run { $0.chat.drained(session, into: &$1) } }
        }
        while let session = closing.popLast() {
            if isOpen(session) { try disconnect(session.slot) }
        }
    }

    private func isOpen(_ session: SessionID) -> Bool { sessions[Int(session.slot)] == session }

    private mutating func carryOut(_ action: Action) throws {
        switch action {
        case .send(let session, let json):
            try expect(isOpen(session) && !closing.contains(session), "\(session) is sent to, and has ended.")
            try expect(StrictJSON.isObject(json), "\(String(decoding: json, as: UTF8.self)) is no JSON object.")
        case .publish(_, let json):
            try expect(StrictJSON.isObject(json), "\(String(decoding: json, as: UTF8.self)) is no JSON object.")
            try expect(!json.starts(with: #"{"type":"private""#.utf8), "A private message is published.")
        case .subscribe(let session, let room):
            let isFirst = subscriptions[session, default: []].insert(room).inserted
            try expect(isOpen(session) && isFirst, "\(session) hears \(room) twice.")
        case .unsubscribe(let session, let room):
            try expect(
                !isOpen(session) || subscriptions[session]?.remove(room) != nil, "\(session) does not hear \(room).")
        case .append(let entry, let origin): appended.append((entry, origin))
        case .read(let number, let query): asked.append((number, query))
        case .awaitDrain(let session): paced.append(session)
        case .close(let session, let closeReason):
            try expect(isOpen(session) && !closing.contains(session), "\(session) is closed twice.")
            try expect(closeReason.reason.utf8.count <= 123, "\(closeReason.reason) does not fit.")
            closing.append(session)
        case .identified, .joinedRoom, .leftRoom, .adminResult, .report: break
        }
    }
}
