// The least server around a chat: it carries the actions out and keeps what each session would get.

import Chat
import Model

struct TestServer {
    private var script: ScriptedChat
    /// Who hears a room, in the order of their coming.
    private var subscribers: [RoomID: [SessionID]] = [:]
    /// What each session got and has not taken yet.
    private var inboxes: [SessionID: [String]] = [:]

    init() { script = ScriptedChat(ChatSettings()) }

    mutating func connect(_ session: SessionID) {
        _ = script.connect(session.slot, generation: session.generation)
    }

    /// Gives the chat a text; what it appends is committed, and what it asks answered.
    mutating func receive(_ session: SessionID, _ text: String) {
        for action in script.send(session, text) { carryOut(action) }
        for action in script.commit() { carryOut(action) }
    }

    mutating func takeInbox(of session: SessionID) -> [String] { inboxes.removeValue(forKey: session) ?? [] }

    private mutating func carryOut(_ action: Action) {
        switch action {
        case .send(let session, let json): deliver(json, to: session)
        case .publish(let room, let json):
            for session in subscribers[room, default: []] { deliver(json, to: session) }
        case .subscribe(let session, let room): subscribers[room, default: []].append(session)
        case .unsubscribe(let session, let room): subscribers[room]?.removeAll { $0 == session }
        case .append, .read: preconditionFailure("the script does this")
        case .pace, .close, .report, .ordered: break
        }
    }

    private mutating func deliver(_ json: [UInt8], to session: SessionID) {
        inboxes[session, default: []].append(String(decoding: json, as: UTF8.self))
    }
}
