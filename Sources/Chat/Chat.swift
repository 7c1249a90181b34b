// The chat itself: what comes in (sessions, their texts, committed entries, time) and what is to be done about it. Pure: no
// clock, no socket, no journal. What the commands do is in Chat+Commands.swift, being in rooms in Chat+Rooms.swift.

import FoundationEssentials

/// The state of the whole chat. One owner, one thread; every method appends what is to be done to `actions`, in order.
package struct Chat {
    let settings: ChatSettings
    /// By `SessionID.slot`.
    var sessions: [Session] = []
    var names: NameRegister
    var rooms = RoomTable()
    /// The newest sequence number that was told.
    var seq: UInt64
    private var unnamed = HelloQueue()
    private let decoder = JSONDecoder()

    /// - Parameters:
    ///   - settings: within `ChatLimits`, and of room names that differ; all else is a bug of whoever read them.
    ///   - seed: for the names that it assigns.
    ///   - seq: the newest sequence number of the ledger.
    package init(settings: ChatSettings, seed: UInt64, seq: UInt64 = 0) {
        precondition(ChatLimits.configuredRooms.contains(settings.rooms.count), "number of rooms")
        precondition(ChatLimits.textBytes.contains(settings.textBytes), "text bytes")
        precondition(ChatLimits.rate.contains(settings.rate) && ChatLimits.burst.contains(settings.burst), "rate")
        self.settings = settings
        self.seq = seq
        names = NameRegister(seed: seed)
        for name in settings.rooms {
            precondition(RoomName(name) != nil, "room name")
            _ = rooms.open(name, isConfigured: true)
        }
    }

    /// A client has connected; it is nobody until its `hello`.
    package mutating func connected(_ session: SessionID, at now: Moment, into actions: inout [Action]) {
        let slot = Int(session.slot)
        while sessions.count <= slot { sessions.append(Session()) }
        precondition(sessions[slot].stage == .free, "the slot is in use")
        sessions[slot].stage = .open
        sessions[slot].generation = session.generation
        unnamed.append(session, connectedAt: now.monotonic)
    }

    /// A client sent one whole text message (valid UTF-8).
    package mutating func received(
        _ session: SessionID, _ text: [UInt8], at now: Moment, into actions: inout [Action]
    ) {
        let slot = slot(of: session)
        guard sessions[slot].stage == .open else { return }
        switch sessions[slot].budget.take(at: now.monotonic, settings) {
        case .accepted:
            do throws(Refusal) {
                try perform(text, of: session, at: now, into: &actions)
            } catch {
                actions.append(.send(session, json: Event.error(error).json))
            }
        case .refused(let retry):
            let subject = (try? Request(text, with: decoder))?.subject ?? .nothing
            actions.append(.send(session, json: Event.error(.rateLimited(retry: retry, about: subject)).json))
        case .exhausted:
            sessions[slot].stage = .closing
            actions.append(.report(.overRate(session, name: sessions[slot].name?.text)))
            actions.append(.close(session, .overRate))
        }
    }

    /// The session's connection is gone; nothing more is sent to it. Its rooms are left, its name is free.
    package mutating func disconnected(_ session: SessionID, at now: Moment, into actions: inout [Action]) {
        let slot = slot(of: session)
        while let membership = sessions[slot].memberships.last {
            leave(membership.room, session, answer: false, at: now, into: &actions)
        }
        if let name = sessions[slot].name { names.release(name) }
        sessions[slot] = Session()
    }

    /// The ledger has it: now it is told to all who are in its room now. Whoever has left gets it no more, even if it is
    /// one's own; whoever was renamed gets it as it was sent.
    package mutating func apply(_ committed: Committed, into actions: inout [Action]) {
        precondition(committed.seq > seq, "the ledger went back")
        seq = committed.seq
        switch committed.entry {
        case .message(let message):
            guard let room = rooms.id(named: message.room) else { return }
            publish(.message(seq: seq, message), to: room, into: &actions)
        }
    }

    /// It had happened before: whoever has the sender's name gets the number that it got then, and nobody else anything.
    package func acknowledge(_ committed: Committed, into actions: inout [Action]) {
        switch committed.entry {
        case .message(let message):
            guard let session = session(named: message.from), let id = MessageID(message.id) else { return }
            actions.append(.send(session, json: Event.ack(id, seq: committed.seq).json))
        }
    }

    /// The ledger could not take it: whoever has the sender's name is told, and nobody else.
    package func refuse(_ entry: Entry, into actions: inout [Action]) {
        switch entry {
        case .message(let message):
            guard let session = session(named: message.from), let id = MessageID(message.id) else { return }
            let refusal = Refusal(.tryAgain, "The message could not be stored. Try again.", about: .message(id))
            actions.append(.send(session, json: Event.error(refusal).json))
        }
    }

    /// Time has passed (called about once a second): sessions without a `hello` end here.
    package mutating func tick(at now: Moment, into actions: inout [Action]) {
        while let session = unnamed.popOverdue(at: now.monotonic) {
            let slot = Int(session.slot)
            guard sessions[slot].generation == session.generation, sessions[slot].stage == .open,
                sessions[slot].name == nil
            else { continue }
            sessions[slot].stage = .closing
            actions.append(.close(session, .helloTimeout))
        }
    }

    /// The people who have a name, and the rooms that exist.
    package var figures: (users: Int, rooms: Int) { (names.count, rooms.count) }

    private func session(named name: String) -> SessionID? {
        guard let name = try? UserName(name), let slot = names.owner(ofKey: name.key) else { return nil }
        return SessionID(slot: slot, generation: sessions[Int(slot)].generation)
    }

    /// The session's place in `sessions`.
    func slot(of session: SessionID) -> Int {
        let slot = Int(session.slot)
        precondition(
            slot < sessions.count && sessions[slot].stage != .free && sessions[slot].generation == session.generation,
            "no such session")
        return slot
    }

    private mutating func perform(
        _ text: [UInt8], of session: SessionID, at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        let request = try Request(text, with: decoder)
        if let name = sessions[slot(of: session)].name {
            guard request.kind != .hello else {
                throw Refusal(.helloFirst, "You have said hello already, as \(name.text).")
            }
            let command = try Command(request, textBytes: settings.textBytes)
            try perform(command, of: session, named: name, at: now, into: &actions)
        } else {
            guard request.kind == .hello else {
                throw Refusal(.helloFirst, "Say hello first.", about: request.subject)
            }
            guard case .hello(let name, let rooms) = try Command(request, textBytes: settings.textBytes) else { return }
            try hello(name, rooms, session, at: now, into: &actions)
        }
    }
}
