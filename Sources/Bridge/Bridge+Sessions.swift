// The sessions of Engine.IO, and what comes of each change.

internal import Chat
internal import HTTP
internal import Primitives
internal import SocketIO

extension Bridge {
    /// Changes the sessions of Engine.IO, and handles what comes of it.
    /// - Parameter client: the client that has made the request; nil where the change can't open a session.
    mutating func change(
        from client: EngineClient? = nil, at now: Int64, into outputs: inout [Output],
        _ body: (inout EngineServer, inout [EngineServer.Output]) -> Void
    ) {
        var changes: [EngineServer.Output] = []
        body(&engine, &changes)
        var isNew = false
        for change in changes {
            switch change {
            case .opened(let number):
                guard let client else { continue }
                isNew = true
                insert(EngineState(client.user), number)
                if engine.session(number)?.webSocket == nil { addPoller(number, client.address) }
            case .respond(let carrier, let response), .session(_, .respond(let carrier, let response)):
                let cookie = isNew ? client?.setCookie : nil
                outputs.append(.respond(carrier, response.adding(cookie.map { [$0] } ?? [])))
            case .session(_, .sendText(let carrier, let bytes)): outputs.append(.send(carrier, bytes))
            // The bridge sends none.
            case .session(_, .sendBinary): break
            case .closeWebSocket(let carrier), .session(_, .closeWebSocket(let carrier)):
                outputs.append(.closeWebSocket(carrier))
            case .session(let number, .upgraded(let carrier)): upgrade(number, to: carrier, into: &outputs)
            case .session(let number, .message(let bytes, let isBinary)):
                receive(bytes, isBinary: isBinary, of: number, at: now, into: &outputs)
            case .session(let number, .ended): end(number, into: &outputs)
            }
        }
    }

    /// The state of a session that has not ended.
    func state(_ number: EngineServer.Number) -> EngineState? {
        number < sessions.count ? sessions[Int(number)] : nil
    }

    mutating func change(_ number: EngineServer.Number, _ body: (inout EngineState) -> Void) {
        guard var state = state(number) else { return }
        // Taken out while it changes, so that nothing of it is copied.
        sessions[Int(number)] = nil
        body(&state)
        sessions[Int(number)] = state
    }

    mutating func insert(_ state: EngineState, _ number: EngineServer.Number) {
        while sessions.count <= number { sessions.append(nil) }
        sessions[Int(number)] = state
    }

    /// Ends a session. A client without a poll learns it later, but its sessions of the chat end at once.
    mutating func close(_ number: EngineServer.Number, at now: Int64, into outputs: inout [Output]) {
        change(at: now, into: &outputs) { $0.close(number, at: now, into: &$1) }
        if let state = state(number) { disconnect(state, into: &outputs) }
    }

    private mutating func disconnect(_ state: EngineState, into outputs: inout [Output]) {
        for participant in state.participants {
            forget(participant, carrier: nil, into: &outputs)
            outputs.append(.input(.disconnected(participant.session)))
        }
    }

    private mutating func upgrade(_ number: EngineServer.Number, to carrier: CarrierID, into outputs: inout [Output]) {
        guard let state = state(number) else { return }
        removePoller(number)
        for participant in state.participants {
            outputs.append(.upgraded(participant.session, carrier))
            for room in removePolled(participant.session) {
                outputs.append(.subscribe(carrier, room, participant.form))
            }
        }
    }

    private mutating func end(_ number: EngineServer.Number, into outputs: inout [Output]) {
        guard let state = state(number) else { return }
        sessions[Int(number)] = nil
        removePoller(number)
        disconnect(state, into: &outputs)
    }

    /// The session of the chat has ended, or is ending, and that of Engine.IO goes on.
    mutating func leave(_ participant: Participant, at now: Int64, into outputs: inout [Output]) {
        let number = participant.engine
        forget(participant, carrier: engine.session(number)?.webSocket, into: &outputs)
        if state(number)?.participants.isEmpty == true { engine.expire(number, at: now) }
    }

    /// The session of the chat has ended, or is ending.
    /// - Parameter carrier: the WebSocket that goes on without it.
    private mutating func forget(_ participant: Participant, carrier: CarrierID?, into outputs: inout [Output]) {
        let session = participant.session
        guard holds(session) else { return }
        participants[session.slot] = nil
        if let carrier { outputs.append(.unsubscribeFromRooms(carrier, participant.form)) }
        _ = removePolled(session)
        sessions[Int(participant.engine)]?[participant.namespace] = nil
        for answer in participant.awaited { forgetSender(answer, session) }
    }

    /// Polls get nothing more of the session's rooms.
    /// - Returns: these rooms.
    private mutating func removePolled(_ session: SessionID) -> [RoomID] {
        let rooms = polledRooms.removeValue(forKey: session.slot) ?? []
        for room in rooms { polled[room.index]?.removeAll { $0 == session } }
        return rooms
    }

    mutating func addPoller(_ number: EngineServer.Number, _ address: IPAddress?) {
        pollers[number] = address ?? .unspecified
        if let client = address?.clientPrefix { pollingClients[client, default: 0] += 1 }
    }

    private mutating func removePoller(_ number: EngineServer.Number) {
        guard let client = pollers.removeValue(forKey: number)?.clientPrefix, let count = pollingClients[client] else {
            return
        }
        pollingClients[client] = count > 1 ? count - 1 : nil
    }

    /// The client of a session; its address only while it is polled.
    func client(_ number: EngineServer.Number, _ user: EngineUser) -> EngineClient {
        EngineClient(user, address: pollers[number].flatMap { $0 == .unspecified ? nil : $0 })
    }

    /// 15 characters: a text of this length needs no memory of its own. 90 random bits can't be guessed.
    mutating func newID() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        return String(
            decoding: (0..<15).map { _ in alphabet[Int(random.next(upperBound: 64 as UInt64))] }, as: UTF8.self)
    }
}
