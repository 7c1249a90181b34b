// A chat for tests of the form input -> [Action]: one call in, the actions out. Behind it a model of a ledger: all but messages is
// committed, and all questions are answered, at once and in place; messages wait for `commit`.

import Chat
import Model
import Primitives
import StateCoding

struct ScriptedChat {
    var chat: Chat
    var now = Moment(wall: 1_767_225_600_000, monotonic: 5_000)
    private(set) var ledger: ModelLedger
    /// What is appended waits for `commit`, and questions for `answer`.
    var isHeld = false
    private(set) var appended: [(entry: Entry, origin: SessionID?)] = []
    private var orders: UInt64 = 0
    private let settings: ChatSettings
    /// What a crash leaves: the user of each session, and its rooms.
    private var seats: [SessionID: (user: UserID, rooms: [RoomID: String])] = [:]
    private var crashes: UInt32 = 0
    private(set) var asked: [(number: UInt64, query: Query)] = []

    init(
        _ settings: ChatSettings = ChatSettings(graceSeconds: 0), seed: UInt64 = 1, ledger: ModelLedger = ModelLedger(),
        recent: Int = ChatLimits.recentMessages
    ) {
        self.ledger = ledger
        self.settings = settings
        chat = Chat(settings: settings, random: SeededRandom(seed: seed), snapshot: ledger.snapshot(recent: recent))
    }

    /// Connects a session in the slot; with a name, it says hello, too.
    mutating func connect(
        _ slot: UInt32, generation: UInt32 = 1, as name: String? = nil, authenticatedName: String? = nil,
        address: IPAddress? = nil
    ) -> SessionID {
        let session = SessionID(slot: slot, generation: generation)
        let actions = run {
            $0.chat.connected(session, authenticatedName: authenticatedName, address: address, at: $0.now, into: &$1)
        }
        precondition(actions.isEmpty)
        if let name { _ = send(session, #"{"type":"hello","name":"\#(name)"}"#) }
        return session
    }

    mutating func send(_ session: SessionID, _ json: String) -> [Action] { send(session, Array(json.utf8)) }

    mutating func send(_ session: SessionID, _ bytes: [UInt8]) -> [Action] {
        run { $0.chat.received(session, bytes, at: $0.now, into: &$1) }
    }

    /// A planned restart: another chat goes on from what this one has written down.
    /// - Parameters:
    ///   - lost: the slots of connections that are gone.
    ///   - open: those that must have been written.
    ///   - change: what becomes of the bytes.
    mutating func handOver(
        lost: Set<UInt32> = [], open: [UInt32] = [], _ change: (inout [UInt8]) -> Void = { _ in }
    ) throws -> [Action] {
        var writer = StateWriter()
        chat.write(to: &writer, at: now)
        var bytes = writer.bytes
        change(&bytes)
        var reader = StateReader(bytes)
        // The clock of another boot.
        now.monotonic += 1_000_000
        let known = Dictionary(uniqueKeysWithValues: seats.keys.map { ($0.slot, $0) })
        chat = Chat(
            settings: settings, random: SeededRandom(seed: 99),
            snapshot: ledger.snapshot(recent: ChatLimits.recentMessages))
        seats = [:]
        return try runThrowing { script, actions in
            try script.chat.resume(
                from: &reader,
                session: { lost.contains($0) ? nil : known[$0] ?? SessionID(slot: $0, generation: 1) },
                open: open, at: script.now, into: &actions)
            guard reader.isAtEnd else { throw StateError() }
        }
    }

    /// A crash: another chat has the ledger, the connections, and who was where.
    mutating func crash(survivors: [SessionID]) -> [Action] {
        crashes += 1
        chat = Chat(
            settings: settings, random: SeededRandom(seed: 99),
            snapshot: ledger.snapshot(recent: ChatLimits.recentMessages))
        let seats = seats
        self.seats = [:]
        return run { script, actions in
            for (_, seat) in seats.sorted(by: { $0.key.slot < $1.key.slot }) {
                for room in seat.rooms.values { _ = script.chat.holdPresence(seat.user, in: room, at: script.now) }
            }
            for session in survivors {
                script.chat.recovered(
                    session, authenticatedName: nil, address: nil, again: script.crashes, at: script.now, into: &actions
                )
            }
        }
    }

    mutating func disconnect(_ session: SessionID) -> [Action] {
        defer { seats[session] = nil }
        return run { $0.chat.disconnected(session, at: $0.now, into: &$1) }
    }

    mutating func tick(after milliseconds: Int64) -> [Action] {
        now.monotonic += milliseconds
        now.wall += milliseconds
        return run { $0.chat.tick(at: $0.now, into: &$1) }
    }

    mutating func order(_ order: AdminCommand) -> [Action] {
        orders += 1
        return run { $0.chat.administer(order, number: $0.orders, at: $0.now, into: &$1) }
    }

    mutating func reconfigure(_ settings: ChatSettings) -> [Action] { run { $0.chat.reconfigure(settings, into: &$1) } }

    mutating func drained(_ session: SessionID) -> [Action] { run { $0.chat.drained(session, into: &$1) } }

    /// Commits what waits.
    mutating func commit() -> [Action] {
        let entries = appended
        appended = []
        return entries.flatMap { commit($0.entry, $0.origin) }
    }

    /// The ledger can't take what waits.
    mutating func refuse() -> [Action] {
        let entries = appended
        appended = []
        return run { script, actions in
            for (entry, origin) in entries { script.chat.refuse(entry, from: origin, into: &actions) }
        }
    }

    /// Answers the question that has waited longest; by the model, if not otherwise said.
    mutating func answer(_ answer: Answer? = nil) -> [Action] {
        let (number, query) = asked.removeFirst()
        let answer = answer ?? ledger.answer(query)
        return run { $0.chat.answered(number, answer, into: &$1) }
    }

    mutating func forget(upTo seq: UInt64) {
        ledger.forget(upTo: seq)
        chat.forget(upTo: seq)
    }

    /// Something comes out of the ledger that the chat did not put in.
    mutating func happen(_ entry: Entry) -> [Action] { commit(entry, nil) }

    private mutating func commit(_ entry: Entry, _ origin: SessionID?) -> [Action] {
        let result = ledger.commit(entry)
        return run { script, actions in
            switch result {
            case .committed(let committed): script.chat.apply(committed, at: script.now, into: &actions)
            case .repeated(let committed): script.chat.acknowledge(committed, from: origin, into: &actions)
            }
        }
    }

    private mutating func runThrowing(
        _ input: (inout ScriptedChat, inout [Action]) throws -> Void
    ) throws -> [Action] {
        var actions: [Action] = []
        try input(&self, &actions)
        return actions.flatMap { carryOut($0) }
    }

    private mutating func run(_ input: (inout ScriptedChat, inout [Action]) -> Void) -> [Action] {
        var actions: [Action] = []
        input(&self, &actions)
        return actions.flatMap { carryOut($0) }
    }

    private mutating func carryOut(_ action: Action) -> [Action] {
        switch action {
        case .append(let entry, let origin):
            if !isHeld, !entry.isMessage { return commit(entry, origin) }
            appended.append((entry, origin))
            return []
        case .read(let number, let query):
            asked.append((number, query))
            return isHeld ? [] : answer()
        // For the caller's register only.
        case .identified(let session, let user): seats[session] = (user, [:])
        case .joinedRoom(let session, let name, let room): seats[session]?.rooms[room] = name
        case .leftRoom(let session, let room): seats[session]?.rooms[room] = nil
        default: return [action]
        }
        return []
    }
}

extension Action {
    static func sends(_ session: SessionID, _ json: String) -> Action { .send(session, json: Array(json.utf8)) }

    static func publishes(_ room: RoomID, _ json: String) -> Action { .publish(room, json: Array(json.utf8)) }

    /// What is sent to a session, as text.
    var sentText: String? {
        if case .send(_, let json) = self { String(decoding: json, as: UTF8.self) } else { nil }
    }
}

extension [Action] {
    /// The code of the error, if that is all there is.
    var onlyErrorCode: String? {
        guard count == 1, let text = first?.sentText, text.hasPrefix(#"{"type":"error","code":""#) else { return nil }
        return text.split(separator: "\"")[7].description
    }

    /// All that is sent to a session, as texts.
    func sent(to session: SessionID) -> [String] {
        compactMap { if case .send(session, let json) = $0 { String(decoding: json, as: UTF8.self) } else { nil } }
    }
}

let lobby = RoomID(index: 0)

/// The events of the lobby that tests meet often.
func message(_ seq: Int, _ id: String, from name: String, _ text: String = "Hello") -> String {
    #"{"type":"message","seq":\#(seq),"id":"\#(id)","room":"lobby","from":"\#(name)","text":"\#(text)","at":1767225600000}"#
}

let emptyHistory = #"{"type":"history","room":"lobby","messages":[],"more":false}"#

/// The token in the welcome that is among the actions.
func givenToken(_ actions: [Action]) throws -> String {
    let welcome = actions.compactMap(\.sentText).first { $0.contains(#""type":"welcome""#) }
    let parts = (welcome ?? "").split(separator: "\"")
    guard let index = parts.firstIndex(of: "token") else { throw Unexpected(actions) }
    return String(parts[index + 2])
}

/// A chat in which Ada and Bob are.
func pair(_ settings: ChatSettings = ChatSettings(rate: 0)) -> (ScriptedChat, SessionID, SessionID) {
    var script = ScriptedChat(settings)
    let ada = script.connect(0, as: "Ada")
    let bob = script.connect(1, as: "Bob")
    return (script, ada, bob)
}
