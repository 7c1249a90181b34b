// How far users have read: the command `read`, and what a session learns of it. Positions are state, not events: a client that was away
// gets the newest one of each place.

extension Chat {
    /// The command `read`.
    mutating func read(
        _ scope: Scope, upTo seq: UInt64, _ session: SessionID, by user: UInt32
    ) throws(Refusal) {
        let place: ReadPosition.Place
        switch scope {
        case .room(let name):
            _ = try membership(of: session, in: name, about: .room(name))
            place = .room(name.text)
        case .with(let peer): place = .with(try self.user(peer, about: scope.context).id)
        case .all: return
        }
        readPositions.add(ReadPosition(user: users[user].id, place: place, upTo: min(seq, log.seq)))
    }

    /// Appends the read positions that clients sent since the last call.
    mutating func storeReadPositions(into actions: inout [Action]) {
        for position in readPositions.takePending() { actions.append(.append(.read(position), from: nil)) }
    }

    /// The ledger has stored a position: the user's own sessions get it.
    mutating func applyRead(_ position: ReadPosition, into actions: inout [Action]) {
        readPositions.note(position, seq: log.seq)
        guard let user = users.index(of: position.user) else { return }
        let json = ServerEvent.read(seq: log.seq, named(position)).json
        for slot in users[user].sessions { actions.append(.send(session(slot), json: json)) }
    }

    /// Sends a session, after its welcome, the positions that its client does not know.
    /// - Parameter seq: the client's position; nil for a newcomer.
    mutating func sendReadPositions(
        to session: SessionID, _ user: UserID, since seq: UInt64?, into actions: inout [Action]
    ) {
        if let known = readPositions.positions(of: user, after: seq ?? 0) {
            return send(known, to: session, into: &actions)
        }
        read(.positions(user, after: seq ?? 0), for: .positions(session), of: session, into: &actions)
    }

    /// The ledger has answered with the positions.
    func sendReadPositions(_ session: SessionID, _ answer: Answer, into actions: inout [Action]) {
        guard canReceive(session), case .entries(let entries, _) = answer else { return }
        let positions = entries.compactMap { if case .read(let position) = $0.entry { position } else { nil } }
        send(positions, to: session, into: &actions)
    }

    private func send(_ positions: [ReadPosition], to session: SessionID, into actions: inout [Action]) {
        guard !positions.isEmpty else { return }
        actions.append(.send(session, json: ServerEvent.reads(positions.map(named)).json))
    }

    private func named(_ position: ReadPosition) -> (ServerEvent.HistoryScope, upTo: UInt64) {
        switch position.place {
        case .room(let room): (.room(room), position.upTo)
        case .with(let user): (.with(name(of: user) ?? "", user), position.upTo)
        }
    }
}
