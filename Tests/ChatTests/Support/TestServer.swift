// A whole server around the chat, without sockets: it routes what is published, and its ledger is an array.

import Chat

struct TestServer {
    private(set) var chat: Chat
    var now = Moment(wall: 1_767_225_600_000, monotonic: 0)
    /// Who hears a room, in the order of their coming.
    private(set) var subscribers: [RoomID: [SessionID]] = [:]
    /// What each session got and has not taken yet.
    private var inboxes: [SessionID: [String]] = [:]
    private(set) var closed: [SessionID: Farewell] = [:]
    private(set) var reports: [Report] = []
    private var log: [Entry] = []
    private var committed = 0

    init(_ settings: ChatSettings = ChatSettings(), seed: UInt64 = 1) {
        chat = Chat(settings: settings, seed: seed)
    }

    mutating func connect(_ session: SessionID) { run { $0.chat.connected(session, at: $0.now, into: &$1) } }

    mutating func receive(_ session: SessionID, _ text: String) {
        run { $0.chat.received(session, Array(text.utf8), at: $0.now, into: &$1) }
    }

    mutating func disconnect(_ session: SessionID) {
        run { $0.chat.disconnected(session, at: $0.now, into: &$1) }
        inboxes[session] = nil
        closed[session] = nil
    }

    mutating func tick() { run { $0.chat.tick(at: $0.now, into: &$1) } }

    /// Commits at most so many of the entries that wait.
    mutating func commit(atMost count: Int = .max) {
        for _ in 0..<min(count, log.count - committed) {
            committed += 1
            let entry = Committed(seq: UInt64(committed), entry: log[committed - 1])
            run { $0.chat.apply(entry, into: &$1) }
        }
    }

    /// The entry that is committed next.
    var nextEntry: Entry? { committed < log.count ? log[committed] : nil }

    mutating func takeInbox(of session: SessionID) -> [String] { inboxes.removeValue(forKey: session) ?? [] }

    private mutating func run(_ input: (inout TestServer, inout [Action]) -> Void) {
        var actions: [Action] = []
        input(&self, &actions)
        for action in actions { carryOut(action) }
    }

    private mutating func carryOut(_ action: Action) {
        switch action {
        case .send(let session, let json): deliver(json, to: session)
        case .publish(let room, let json):
            for session in subscribers[room, default: []] { deliver(json, to: session) }
        case .subscribe(let session, let room):
            precondition(!subscribers[room, default: []].contains(session), "subscribed twice")
            subscribers[room, default: []].append(session)
        case .unsubscribe(let session, let room):
            guard let index = subscribers[room]?.firstIndex(of: session) else {
                preconditionFailure("unsubscribed without having been subscribed")
            }
            subscribers[room]?.remove(at: index)
        case .append(let entry): log.append(entry)
        case .close(let session, let farewell):
            precondition(closed.updateValue(farewell, forKey: session) == nil, "closed twice")
        case .report(let report): reports.append(report)
        }
    }

    private mutating func deliver(_ json: [UInt8], to session: SessionID) {
        inboxes[session, default: []].append(String(decoding: json, as: UTF8.self))
    }
}
