// A chat for tests of the form input -> [Action]: one call in, the actions out.

import Chat

struct ScriptedChat {
    var chat: Chat
    var now = Moment(wall: 1_767_225_600_000, monotonic: 5_000)

    init(_ settings: ChatSettings = ChatSettings(), seed: UInt64 = 1) {
        chat = Chat(settings: settings, seed: seed)
    }

    /// Connects a session in the slot; with a name, it says hello, too.
    mutating func connect(_ slot: UInt32, generation: UInt32 = 1, as name: String? = nil) -> SessionID {
        let session = SessionID(slot: slot, generation: generation)
        var actions: [Action] = []
        chat.connected(session, at: now, into: &actions)
        precondition(actions.isEmpty)
        if let name { _ = send(session, #"{"type":"hello","name":"\#(name)"}"#) }
        return session
    }

    mutating func send(_ session: SessionID, _ json: String) -> [Action] { send(session, Array(json.utf8)) }

    mutating func send(_ session: SessionID, _ bytes: [UInt8]) -> [Action] {
        var actions: [Action] = []
        chat.received(session, bytes, at: now, into: &actions)
        return actions
    }

    mutating func disconnect(_ session: SessionID) -> [Action] {
        var actions: [Action] = []
        chat.disconnected(session, at: now, into: &actions)
        return actions
    }

    mutating func apply(_ seq: UInt64, _ message: Message) -> [Action] {
        var actions: [Action] = []
        chat.apply(Committed(seq: seq, entry: .message(message)), into: &actions)
        return actions
    }

    mutating func refuse(_ message: Message) -> [Action] {
        var actions: [Action] = []
        chat.refuse(.message(message), into: &actions)
        return actions
    }

    mutating func tick(after milliseconds: Int64) -> [Action] {
        now.monotonic += milliseconds
        var actions: [Action] = []
        chat.tick(at: now, into: &actions)
        return actions
    }

    /// The message of the session, as it comes out of the ledger, was sent with this id and text.
    func message(_ id: String, in room: String = "lobby", from name: String, _ text: String = "Hello") -> Message {
        Message(id: id, room: room, from: name, text: text, at: now.wall)
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
}

let lobby = RoomID(index: 0)
