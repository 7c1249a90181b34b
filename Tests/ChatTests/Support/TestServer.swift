// A minimal server around a chat: it carries out the actions, and collects what each session gets.

import Chat
import Model

struct TestServer {
    private var script: ScriptedChat
    /// The subscribers of each room, in the order of subscription.
    private var subscribers: [RoomID: [SessionID]] = [:]
    private var sessions: [SessionID] = []
    /// What each session got since `takeInbox`.
    private var inboxes: [SessionID: [String]] = [:]

    init() { script = ScriptedChat(ChatSettings()) }

    mutating func connect(_ session: SessionID) {
        sessions.append(session)
        _ = script.connect(session.slot, generation: session.generation)
    }

    /// Gives the chat a text, commits its entries and answers its queries.
    mutating func receive(_ session: SessionID, _ text: String) {
        for action in script.send(session, text) { carryOut(action) }
        for action in script.commit() { carryOut(action) }
    }

    /// - Parameter words: an administrator's command. Sanctions end after an hour.
    /// - Returns: whether it was done.
    mutating func order(_ words: String) -> Bool {
        if words == "crash" {
            subscribers = [:]
            for action in script.crash(survivors: sessions) { carryOut(action) }
            return true
        }
        let parts = words.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return false }
        let until = script.now.wall + 3_600_000
        let orders: [String: AdminCommand] = [
            "kick": .kick(name: parts[1], reason: nil), "mute": .mute(name: parts[1], until: until, reason: nil),
            "ban": .ban(.user(parts[1]), until: until, reason: nil),
            "ban-name": .ban(.name(parts[1]), until: until, reason: nil), "announce": .announce(parts[1]),
            "delete": .delete(UInt64(parts[1]) ?? 0),
        ]
        guard let order = orders[parts[0]] else { return false }
        let actions = script.order(order)
        for action in actions { carryOut(action) }
        return actions.contains { if case .adminResult(_, .done) = $0 { true } else { false } }
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
        case .close(let session, let closeReason):
            deliver(Array("\(closeReason.code) \(closeReason.reason)".utf8), to: session)
            for action in script.disconnect(session) { carryOut(action) }
        case .awaitDrain, .report, .adminResult, .identified, .joinedRoom, .leftRoom: break
        }
    }

    private mutating func deliver(_ json: [UInt8], to session: SessionID) {
        inboxes[session, default: []].append(String(decoding: json, as: UTF8.self))
    }
}
