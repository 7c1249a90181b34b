// The sessions of Socket.IO as a planned restart hands them over: written and read here. Part of RestartState.version.

package import Chat
internal import Primitives
package import SocketIO
package import StateCoding

extension Bridge {
    /// Answers all waiting polls. The clients poll again, and reach the next process.
    package mutating func releasePolls(at now: Int64, into outputs: inout [Output]) {
        change(at: now, into: &outputs) { $0.releasePolls(at: now, into: &$1) }
    }

    /// Writes all sessions. Their polls must have been released, and all inputs of the chat given to it.
    /// - Parameter number: gives the number that a WebSocket has for the next process.
    package func write(to writer: inout StateWriter, at now: Int64, number: (CarrierID) -> CarrierID) {
        engine.write(to: &writer, at: now, number: number)
        writer.write(each: sessions.indices.filter { sessions[$0] != nil }) { writer, number in
            let number = EngineServer.Number(number)
            writer.write(engine.name(of: number))
            state(number)?.write(to: &writer, address: pollers[number])
        }
        writer.write(each: participants.all) { writer, participant in
            participant.write(to: &writer, engine: engine.name(of: participant.engine))
        }
    }

    /// Continues the sessions of another process. To be called once, before anything else. The chat subscribes them to their rooms.
    /// - Parameter version: of the restart state.
    package mutating func resume(
        from reader: inout StateReader, version: UInt64, at now: Int64
    ) throws(StateError) {
        let numbers = try engine.resume(from: &reader, at: now)
        try reader.each { (reader) throws(StateError) in
            guard let number = numbers[try reader.string()], state(number) == nil else { throw StateError() }
            let (state, address) = try EngineState.read(from: &reader, version: version)
            insert(state, number)
            if let address { addPoller(number, address) }
        }
        try reader.each { (reader) throws(StateError) in
            let session = SessionID(slot: try reader.integer(UInt32.self), generation: 0)
            guard let number = numbers[try reader.string()] else { throw StateError() }
            let participant = try Participant(number, session, from: &reader)
            guard let state = state(number), state[participant.namespace] == nil, participants[session.slot] == nil
            else { throw StateError() }
            participants[session.slot] = participant
            let isOnWebSocket = engine.session(number)?.webSocket != nil
            change(number) {
                $0[participant.namespace] = participant
                $0.hasUsedSlot = isOnWebSocket
            }
            participant.room = participant.room.map { shared($0) }
            if participant.isConnected { engine.keep(number) }
            for index in participant.awaited.indices {
                guard let key = participant.messageKey(participant.awaited[index]) else { continue }
                participant.awaited[index].key = key
                messageSenders[key] = session
            }
        }
    }

    /// All sessions of the chat, by their slots, with the WebSockets that carry them and what the journal says of them.
    package var places: [(session: SessionID, webSocket: CarrierID?, client: EngineClient, name: String?)] {
        participants.all.compactMap { participant in
            guard let state = state(participant.engine) else { return nil }
            let name = participant.name.flatMap { EventArguments.string(Array($0.utf8)) }
            let number = participant.engine
            return (participant.session, engine.session(number)?.webSocket, client(number, state.user), name)
        }
    }

    /// The WebSockets of all sessions.
    package var webSockets: [CarrierID] { engine.carriedWebSockets }

    /// Forgets the session of a WebSocket that is gone, which the chat does not know.
    package mutating func forget(_ carrier: CarrierID, at now: Int64) {
        var outputs: [Output] = []
        carrierClosed(carrier, at: now, into: &outputs)
    }
}

extension EngineState {
    /// - Parameter address: nil where it is not polled.
    fileprivate func write(to writer: inout StateWriter, address: IPAddress?) {
        writer.write(address) { writer, address in
            writer.write(address.high)
            writer.write(address.low)
        }
        writer.write(user.authenticatedName) { $0.write($1) }
        writer.write(user.token) { $0.write($1) }
        writer.write(user.isBrowser)
        writer.write(address != nil)
        socket.write(to: &writer)
    }

    /// - Returns: the address, too, where it is polled.
    fileprivate static func read(
        from reader: inout StateReader, version: UInt64
    ) throws(StateError) -> (EngineState, address: IPAddress?) {
        let address = try reader.optional { (reader) throws(StateError) in
            IPAddress(high: try reader.uint64(), low: try reader.uint64())
        }
        let name = try reader.optional { (reader) throws(StateError) in try reader.string() }
        let token = try reader.optional { (reader) throws(StateError) in try reader.string() }
        let cookie = token.flatMap { ClientToken($0) }.map { EngineUser.Identity.cookie($0) }
        guard let identity = name.map({ .proxy(name: $0) }) ?? cookie else { throw StateError() }
        var state = EngineState(EngineUser(identity, isBrowser: try reader.bool()))
        let isPolled = try reader.bool()
        // Version 3 has the names of the namespaces here, which the participants say, too.
        for _ in 0..<(version == 3 ? 2 : 0) {
            try reader.each { (reader) throws(StateError) in _ = try reader.string() }
        }
        state.socket = try SocketSession(from: &reader)
        return (state, isPolled ? address ?? .unspecified : nil)
    }
}

extension Participant {
    /// - Parameter engine: the name of its session of Engine.IO.
    fileprivate func write(to writer: inout StateWriter, engine: String) {
        writer.write(UInt64(session.slot))
        writer.write(engine)
        writer.write(namespace.rawValue)
        writer.write(socketID)
        writer.write(UInt64(form.rawValue))
        writer.write(request?.token) { $0.write($1) }
        writer.write(recoveryID.map { String(decoding: $0, as: UTF8.self) } ?? request?.recoveryID) { $0.write($1) }
        writer.write(request?.wantsRecovery ?? false)
        writer.write(request?.floor ?? 0)
        writer.write(name) { $0.write(Array($1.utf8)) }
        writer.write(room) { $0.write($1) }
        writer.write(commands)
        writer.write(each: awaited) { $1.write(to: &$0) }
        writer.write(request?.welcome) { $0.write($1.text) }
        writer.write(isConnected)
    }

    fileprivate convenience init(
        _ engine: EngineServer.Number, _ session: SessionID, from reader: inout StateReader
    ) throws(StateError) {
        guard BridgeNamespace(rawValue: try reader.string()) != nil else { throw StateError() }
        let socketID = try reader.string()
        guard let form = SocketIOForm(rawValue: try reader.integer()) else { throw StateError() }
        let request = ConnectRequest()
        request.token = try reader.optional { (reader) throws(StateError) in try reader.string() }
        request.recoveryID = try reader.optional { (reader) throws(StateError) in try reader.string() }
        request.wantsRecovery = try reader.bool()
        request.floor = try reader.uint64()
        self.init(engine: engine, session: session, socketID: socketID, form: form, request: request)
        name = try reader.optional { (reader) throws(StateError) in
            String(decoding: try reader.byteArray(), as: UTF8.self)
        }
        room = try reader.optional { (reader) throws(StateError) in try reader.byteArray() }
        commands = try reader.uint64()
        var awaited: [AwaitedAnswer] = []
        try reader.each { (reader) throws(StateError) in awaited.append(try AwaitedAnswer(from: &reader)) }
        self.awaited = awaited
        request.welcome = try reader.optional { (reader) throws(StateError) -> RecoveryID in
            guard let id = RecoveryID(try reader.string()) else { throw StateError() }
            return id
        }
        isConnected = try reader.bool()
        guard isConnected else { return }
        recoveryID = request.recoveryID.map { Array($0.utf8) }
        if request.floor == 0 { self.request = nil }
    }
}

extension AwaitedAnswer {
    fileprivate func write(to writer: inout StateWriter) {
        writer.write(command)
        writer.write(ack)
        writer.write(type)
        writer.write(id) { $0.write($1) }
        writer.write(scope) { $0.write($1) }
        writer.write(before) { $0.write($1) }
    }

    fileprivate init(from reader: inout StateReader) throws(StateError) {
        (command, ack, type) = (try reader.uint64(), try reader.uint64(), try reader.string())
        id = try reader.optional { (reader) throws(StateError) in try reader.string() }
        scope = try reader.optional { (reader) throws(StateError) in try reader.string() }
        before = try reader.optional { (reader) throws(StateError) in try reader.uint64() }
    }
}
