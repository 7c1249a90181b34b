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
        writer.write(each: sessions.sorted { $0.key < $1.key }) { writer, entry in
            writer.write(entry.key)
            entry.value.write(to: &writer)
        }
        writer.write(each: participants.sorted { $0.key < $1.key }) { writer, entry in
            entry.value.write(to: &writer)
        }
    }

    /// Continues the sessions of another process. To be called once, before anything else. The chat subscribes them to their rooms.
    package mutating func resume(from reader: inout StateReader, at now: Int64) throws(StateError) {
        try engine.resume(from: &reader, at: now)
        try reader.each { (reader) throws(StateError) in
            let sid = try reader.string()
            let state = try EngineState(from: &reader)
            guard engine.session(sid) != nil, sessions.updateValue(state, forKey: sid) == nil else {
                throw StateError()
            }
            if state.isPolled { countPolling(state.client, +1) }
            if !state.socket.hasConnected { limitConnecting(sid, at: now) }
        }
        try reader.each { (reader) throws(StateError) in
            let participant = try Participant(from: &reader)
            guard sessions[participant.sid] != nil,
                participants.updateValue(participant, forKey: participant.session.slot) == nil
            else { throw StateError() }
            sessions[participant.sid]?.participants.append(participant.session)
            for index in participant.awaited.indices {
                guard let key = participant.messageKey(participant.awaited[index]) else { continue }
                participant.awaited[index].key = key
                messageSenders[key] = participant.session
            }
        }
    }

    /// All sessions of the chat, by their slots, with the WebSockets that carry them and what the journal says of them.
    package var places: [(session: SessionID, webSocket: CarrierID?, client: EngineClient, name: String?)] {
        participants.sorted { $0.key < $1.key }.compactMap { _, participant in
            guard let state = sessions[participant.sid] else { return nil }
            let name = participant.name.flatMap(EventArguments.string)
            return (participant.session, engine.session(participant.sid)?.webSocket, state.client, name)
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

extension Bridge.EngineState {
    fileprivate func write(to writer: inout StateWriter) {
        writer.write(client.address) { writer, address in
            writer.write(address.high)
            writer.write(address.low)
        }
        writer.write(client.authenticatedName) { $0.write($1) }
        writer.write(client.token) { $0.write($1) }
        writer.write(client.isBrowser)
        writer.write(isPolled)
        socket.write(to: &writer)
    }

    fileprivate convenience init(from reader: inout StateReader) throws(StateError) {
        let address = try reader.optional { (reader) throws(StateError) in
            IPAddress(high: try reader.uint64(), low: try reader.uint64())
        }
        let name = try reader.optional { (reader) throws(StateError) in try reader.string() }
        let token = try reader.optional { (reader) throws(StateError) in try reader.string() }
        let isBrowser = try reader.bool()
        self.init(
            client: EngineClient(address: address, authenticatedName: name, token: token, isBrowser: isBrowser))
        isPolled = try reader.bool()
        socket = try SocketSession(from: &reader)
    }
}

extension Participant {
    fileprivate func write(to writer: inout StateWriter) {
        writer.write(UInt64(session.slot))
        writer.write(sid)
        writer.write(namespace.rawValue)
        writer.write(socketID)
        writer.write(UInt64(form.rawValue))
        request.write(to: &writer)
        writer.write(name) { $0.write($1) }
        writer.write(room) { $0.write($1) }
        writer.write(commands)
        writer.write(each: awaited) { $1.write(to: &$0) }
        writer.write(welcome) { $0.write($1.text) }
        writer.write(isConnected)
    }

    fileprivate convenience init(from reader: inout StateReader) throws(StateError) {
        let slot = try reader.integer(UInt32.self)
        let sid = try reader.string()
        guard let namespace = BridgeNamespace(rawValue: try reader.string()) else { throw StateError() }
        let socketID = try reader.string()
        guard let form = SocketIOForm(rawValue: try reader.integer()) else { throw StateError() }
        self.init(
            sid: sid, namespace: namespace, session: SessionID(slot: slot, generation: 0), socketID: socketID,
            form: form, request: try ConnectRequest(from: &reader))
        name = try reader.optional { (reader) throws(StateError) in try reader.byteArray() }
        room = try reader.optional { (reader) throws(StateError) in try reader.byteArray() }
        commands = try reader.uint64()
        var awaited: [AwaitedAnswer] = []
        try reader.each { (reader) throws(StateError) in awaited.append(try AwaitedAnswer(from: &reader)) }
        self.awaited = awaited
        welcome = try reader.optional { (reader) throws(StateError) -> RecoveryID in
            guard let id = RecoveryID(try reader.string()) else { throw StateError() }
            return id
        }
        isConnected = try reader.bool()
    }
}

extension ConnectRequest {
    fileprivate func write(to writer: inout StateWriter) {
        writer.write(token) { $0.write($1) }
        writer.write(recoveryID) { $0.write($1) }
        writer.write(wantsRecovery)
        writer.write(floor)
    }

    fileprivate init(from reader: inout StateReader) throws(StateError) {
        token = try reader.optional { (reader) throws(StateError) in try reader.string() }
        recoveryID = try reader.optional { (reader) throws(StateError) in try reader.string() }
        wantsRecovery = try reader.bool()
        floor = try reader.uint64()
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
