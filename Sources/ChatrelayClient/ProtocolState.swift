// The client's side of chatrelay.v1 as a state machine: texts of the server in, actions out. PROTOCOL.md, “Coming back”, “Messages”.

#if Client

internal import FoundationEssentials

struct ProtocolState: Sendable {
    enum Action: Equatable {
        case transmit(String)
        case tell(ChatEvent)
        case answer(id: String, Result<UInt64, ChatError>)
        /// The server wants the message again, after so many milliseconds.
        case transmitLater(id: String, milliseconds: Int)
    }

    private struct Unacknowledged {
        let id: String
        let json: String
    }

    private let name: String?
    private let create: Bool
    private var token: String?
    private var rooms: [String]
    /// What `hello` says of it; nil for a newcomer.
    private var since: UInt64?
    private var ledger: String?
    /// The newest message of each room that was told.
    private var told: [String: UInt64] = [:]
    /// Rooms whose answer to a newcomer is missing; until then there is no position.
    private var unanswered: Set<String> = []
    private var newest: UInt64 = 0
    private(set) var isWelcome = false
    private var isJoined = false
    private var outbox: [Unacknowledged] = []

    init(token: String?, name: String?, rooms: [String], create: Bool) {
        (self.token, self.name, self.rooms, self.create) = (token, name, rooms, create)
    }

    // MARK: inputs

    mutating func connected() -> [Action] { [.transmit(hello(again: nil))] }

    mutating func disconnected() { (isWelcome, isJoined) = (false, false) }

    mutating func send(id: String, room: String, text: String) -> [Action] {
        let json = encoded(MessageCommand(id: id, room: room, text: text))
        outbox.append(Unacknowledged(id: id, json: json))
        return isJoined ? [.transmit(json)] : []
    }

    func sendAgain(id: String) -> [Action] {
        isJoined ? outbox.filter { $0.id == id }.map { .transmit($0.json) } : []
    }

    /// Takes the position of an earlier state; what has been acknowledged since stays so.
    mutating func goBack(to earlier: ProtocolState) {
        (since, told, unanswered, newest) = (earlier.since, earlier.told, earlier.unanswered, earlier.newest)
    }

    /// - Throws: where the server refuses `hello`.
    mutating func received(_ json: String) throws(ChatError) -> [Action] {
        guard let event = decoded(ServerText.self, json) else { return [] }
        switch event.type {
        case "welcome": return decoded(ChatWelcome.self, json).map { welcomed($0) } ?? []
        case "message": return decoded(ChatMessage.self, json).map { tell($0) } ?? []
        case "joined": return joined(json)
        case "history": return decoded(History.self, json).map { history($0) } ?? []
        case "ack": return acknowledge(event.id, .success(event.seq ?? 0))
        case "error":
            return try decoded(Failure.self, json).map { (error) throws(ChatError) in try failed(error) } ?? []
        case "system" where event.event == "restart":
            // The server has crashed: it has forgotten the session and what came before its next hello.
            disconnected()
            return [.transmit(hello(again: event.again))]
        default:
            if let seq = event.seq {
                guard seq > (since ?? 0) else { return [] }
                raise(to: seq)
            }
            return [.tell(.other(type: event.type, json: json))]
        }
    }

    // MARK: events

    private mutating func welcomed(_ welcome: ChatWelcome) -> [Action] {
        token = welcome.token ?? token
        isWelcome = true
        if ledger != welcome.ledger || (since ?? 0) > welcome.seq {
            // Other numbers: all that was known of them is void.
            (since, told) = (nil, [:])
        }
        (ledger, newest) = (welcome.ledger, welcome.seq)
        unanswered = since == nil ? Set(rooms) : []
        return [.tell(.connected(welcome))]
    }

    private mutating func joined(_ json: String) -> [Action] {
        let isFirst = !isJoined
        isJoined = true
        return [.tell(.other(type: "joined", json: json))] + (isFirst ? outbox.map { .transmit($0.json) } : [])
    }

    private mutating func history(_ history: History) -> [Action] {
        // A page that was asked for, or private messages.
        let isGap = history.gap == true
        if isGap, unanswered.isEmpty { unanswered = Set(rooms) }
        guard let room = history.room else { return [] }
        var actions = isGap ? [Action.tell(.gap(room: room))] : []
        for message in history.messages { actions += tell(message) }
        answered(room)
        return actions
    }

    private mutating func tell(_ message: ChatMessage) -> [Action] {
        let answer = acknowledge(message.id, .success(message.seq), by: message.user)
        raise(to: message.seq)
        guard message.seq > told[message.room] ?? 0 else { return answer }
        told[message.room] = message.seq
        return answer + [.tell(.message(message))]
    }

    private mutating func failed(_ error: Failure) throws(ChatError) -> [Action] {
        if let id = error.id, outbox.contains(where: { $0.id == id }) {
            guard error.code != "rate-limited", error.code != "try-again" else {
                return [.transmitLater(id: id, milliseconds: error.retry ?? 1_000)]
            }
            return acknowledge(id, .failure(.refused(code: error.code, sentence: error.message)))
        }
        if let room = error.room, isWelcome {
            rooms.removeAll { $0 == room }
            answered(room)
            return [.tell(.roomRefused(room: room, code: error.code, sentence: error.message))]
        }
        guard isWelcome || error.code == "rate-limited" || error.code == "try-again" else {
            throw .refused(code: error.code, sentence: error.message)
        }
        return []
    }

    private mutating func acknowledge(
        _ id: String?, _ result: Result<UInt64, ChatError>, by user: UInt64? = nil
    ) -> [Action] {
        guard let id, let index = outbox.firstIndex(where: { $0.id == id }) else { return [] }
        outbox.remove(at: index)
        return [.answer(id: id, result)]
    }

    // MARK: the position

    private mutating func answered(_ room: String) {
        guard unanswered.remove(room) != nil, unanswered.isEmpty else { return }
        since = max(newest, since ?? 0)
    }

    private mutating func raise(to seq: UInt64) {
        newest = max(newest, seq)
        if since != nil, unanswered.isEmpty { since = max(seq, since ?? 0) }
    }

    // MARK: commands

    private func hello(again: UInt64?) -> String {
        encoded(
            Hello(
                name: token == nil ? name : nil, token: token, rooms: rooms, create: create, since: since,
                ledger: since == nil ? nil : ledger, again: again))
    }
}

#endif
