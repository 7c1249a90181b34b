// A chat for tests of the form input -> [Action], with a model of a ledger. Entries other than messages are committed at once,
// and queries are answered at once; messages wait for `commit`.

import Chat
import Model
import Primitives
import StateCoding

struct ScriptedChat {
    var chat: Chat
    var now = Moment(wall: 1_767_225_600_000, monotonic: 5_000)
    private(set) var ledger: ModelLedger
    /// Whether all entries wait for `commit`, and queries for `answer`.
    var isHeld = false
    private(set) var appended: [(entry: Entry, origin: SessionID?)] = []
    private var orders: UInt64 = 0
    private let settings: ChatSettings
    /// The crash records: the user of each session, and its rooms.
    private var crashRecords: [SessionID: (user: UserID, rooms: [RoomID: String])] = [:]
    private var crashes: UInt32 = 0
    private(set) var asked: [(number: UInt64, query: Query, user: UserID?)] = []

    init(
        _ settings: ChatSettings = ChatSettings(graceSeconds: 0), seed: UInt64 = 1, ledger: ModelLedger = ModelLedger(),
        recent: Int = ChatLimits.recentMessages
    ) {
        self.ledger = ledger
        self.settings = settings
        chat = Chat(settings: settings, random: SeededRandom(seed: seed), snapshot: ledger.snapshot(recent: recent))
    }

    /// Connects a session in the slot. With a name, it also says hello.
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

    /// A planned restart: another chat continues with the state that this one writes.
    /// - Parameters:
    ///   - lost: the slots whose connections are gone.
    ///   - open: the slots that must be in the state.
    ///   - change: changes the bytes of the state.
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
        let known = Dictionary(uniqueKeysWithValues: crashRecords.keys.map { ($0.slot, $0) })
        chat = Chat(
            settings: settings, random: SeededRandom(seed: 99),
            snapshot: ledger.snapshot(recent: ChatLimits.recentMessages))
        crashRecords = [:]
        asked = []
        return try runThrowing { script, actions in
            try script.chat.resume(
                from: &reader,
                session: { lost.contains($0) ? nil : known[$0] ?? SessionID(slot: $0, generation: 1) },
                open: open, at: script.now, into: &actions)
            guard reader.isAtEnd else { throw StateError() }
        }
    }

    /// A crash: another chat has the ledger, the connections and the crash records.
    mutating func crash(survivors: [SessionID]) -> [Action] {
        crashes += 1
        chat = Chat(
            settings: settings, random: SeededRandom(seed: 99),
            snapshot: ledger.snapshot(recent: ChatLimits.recentMessages))
        let crashRecords = crashRecords
        self.crashRecords = [:]
        return run { script, actions in
            for (_, record) in crashRecords.sorted(by: { $0.key.slot < $1.key.slot }) {
                for room in record.rooms.values { _ = script.chat.holdPresence(record.user, in: room, at: script.now) }
            }
            for session in survivors {
                script.chat.recovered(
                    session, authenticatedName: nil, address: nil, again: script.crashes, at: script.now, into: &actions
                )
            }
        }
    }

    mutating func disconnect(_ session: SessionID) -> [Action] {
        defer { crashRecords[session] = nil }
        return run { $0.chat.disconnected(session, at: $0.now, into: &$1) }
    }

    mutating func tick(after milliseconds: Int64) -> [Action] {
        now.monotonic += milliseconds
        now.wall += milliseconds
        return run { $0.chat.tick(at: $0.now, into: &$1) }
    }

    /// The wall clock jumps, and a tick notices it, or finds it believed again.
    mutating func jump(by milliseconds: Int64, isClockSettled: Bool) -> [Action] {
        now.wall += milliseconds
        now.isClockSettled = isClockSettled
        return tick(after: 1)
    }

    mutating func order(_ order: AdminCommand) -> [Action] {
        orders += 1
        return run { $0.chat.administer(order, number: $0.orders, at: $0.now, into: &$1) }
    }

    mutating func request(
        _ operation: ProgramRequest.Operation, with credential: ProgramRequest.Credential?,
        from address: IPAddress? = nil
    ) -> [Action] {
        orders += 1
        let request = ProgramRequest(credential, from: address, operation)
        return run { $0.chat.request(request, number: $0.orders, at: $0.now, into: &$1) }
    }

    mutating func reconfigure(_ settings: ChatSettings) -> [Action] { run { $0.chat.reconfigure(settings, into: &$1) } }

    mutating func drained(_ session: SessionID) -> [Action] { run { $0.chat.drained(session, into: &$1) } }

    /// Commits the waiting entries.
    mutating func commit() -> [Action] {
        let entries = appended
        appended = []
        return entries.flatMap { commit($0.entry, $0.origin) }
    }

    /// The ledger refuses the waiting entries.
    mutating func refuse() -> [Action] {
        let entries = appended
        appended = []
        return run { script, actions in
            for (entry, origin) in entries { script.chat.refuse(entry, from: origin, into: &actions) }
        }
    }

    /// Answers the oldest waiting query, with the answer of the model by default.
    mutating func answer(_ answer: Answer? = nil) -> [Action] {
        let (number, query, _) = asked.removeFirst()
        let answer = answer ?? ledger.answer(query)
        return run { $0.chat.answered(number, answer, into: &$1) }
    }

    mutating func forget(upTo seq: UInt64) {
        ledger.forget(upTo: seq)
        chat.forget(upTo: seq)
    }

    /// The ledger commits an entry that the chat did not append.
    mutating func happen(_ entry: Entry) -> [Action] { commit(entry, nil) }

    private mutating func commit(_ entry: Entry, _ origin: SessionID?) -> [Action] {
        let result = ledger.commit(entry)
        return run { script, actions in
            switch result {
            case .committed(let committed): script.chat.apply(committed, from: origin, at: script.now, into: &actions)
            case .repeated(let committed): script.chat.acknowledge(committed, from: origin, into: &actions)
            case .rejected(let rejection): script.chat.reject(entry, rejection, from: origin, into: &actions)
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
        case .read(let number, let query, let user):
            asked.append((number, query, user))
            return isHeld ? [] : answer()
        // For the crash records.
        case .identified(let session, let user): crashRecords[session] = (user, [:])
        case .joinedRoom(let session, let name, let room): crashRecords[session]?.rooms[room] = name
        case .leftRoom(let session, let room): crashRecords[session]?.rooms[room] = nil
        default: return [action]
        }
        return []
    }
}

extension Action {
    static func sends(_ session: SessionID, _ json: String) -> Action { .send(session, json: Array(json.utf8)) }

    static func publishes(_ room: RoomID, _ json: String) -> Action { .publish(room, json: Array(json.utf8)) }

    /// The text that is sent to a session.
    var sentText: String? {
        if case .send(_, let json) = self { String(decoding: json, as: UTF8.self) } else { nil }
    }
}

extension [Action] {
    /// The code of an error that is the only action.
    var onlyErrorCode: String? {
        guard count == 1, let text = first?.sentText, text.hasPrefix(#"{"type":"error","code":""#) else { return nil }
        return text.split(separator: "\"")[7].description
    }

    /// The texts that are sent to a session.
    func sent(to session: SessionID) -> [String] {
        compactMap { if case .send(session, let json) = $0 { String(decoding: json, as: UTF8.self) } else { nil } }
    }
}

let lobby = RoomID(index: 0)

/// A message event of the lobby.
func message(_ seq: Int, _ id: String, from name: String, _ text: String = "Hello") -> String {
    let user = ["Ada": 1, "Bob": 2][name] ?? 3
    return
        #"{"type":"message","seq":\#(seq),"id":"\#(id)","room":"lobby","from":"\#(name)","user":\#(user),"text":"\#(text)","at":1767225600000}"#
}

let emptyHistory = #"{"type":"history","room":"lobby","messages":[],"more":false}"#

/// The token in the welcome among the actions.
func givenToken(_ actions: [Action]) throws -> String {
    let welcome = actions.compactMap(\.sentText).first { $0.contains(#""type":"welcome""#) }
    let parts = (welcome ?? "").split(separator: "\"")
    guard let index = parts.firstIndex(of: "token") else { throw Unexpected(actions) }
    return String(parts[index + 2])
}

/// A chat with Ada and Bob in the lobby.
func pair(_ settings: ChatSettings = ChatSettings(rate: 0)) -> (ScriptedChat, SessionID, SessionID) {
    var script = ScriptedChat(settings)
    let ada = script.connect(0, as: "Ada")
    let bob = script.connect(1, as: "Bob")
    return (script, ada, bob)
}
