// The sessions of Engine.IO and Socket.IO as a planned restart hands them over: written and read here. Part of RestartState.version.

internal import DequeModule
package import StateCoding

extension EngineServer {
    /// Writes all sessions. Their polls must have been released.
    /// - Parameter number: gives the number that a carrier has for the next process.
    package func write(to writer: inout StateWriter, at now: Int64, number: (CarrierID) -> CarrierID) {
        writer.write(each: inUse) { writer, entry in
            writer.write(name(of: entry.number))
            entry.session.write(to: &writer, at: now, number: number)
        }
    }

    /// What a session is called in the restart state: its sid, while requests may name it.
    package func name(of number: Number) -> String {
        guard let session = session(number), session.webSocket == nil, let polling = session.polling else {
            return String(number)
        }
        return polling.sid
    }

    /// Continues the sessions of another process. To be called once, before anything else.
    /// - Returns: their numbers, by their names in the state.
    package mutating func resume(from reader: inout StateReader, at now: Int64) throws(StateError) -> [String: Number] {
        var resumed: [String: Number] = [:]
        try reader.each { (reader) throws(StateError) in
            let name = try reader.string()
            let session = try EngineSession(name, from: &reader, settings: settings, at: now)
            guard resumed.updateValue(resume(session, at: now), forKey: name) == nil else { throw StateError() }
        }
        return resumed
    }
}

extension EngineSession {
    fileprivate func write(to writer: inout StateWriter, at now: Int64, number: (CarrierID) -> CarrierID) {
        switch phase {
        case .polling: writer.write(UInt64(0))
        case .upgrading(let carrier, let isProbed):
            writer.write(UInt64(isProbed ? 2 : 1))
            writer.write(number(carrier))
        case .webSocket(let carrier):
            writer.write(UInt64(3))
            writer.write(number(carrier))
        case .closing, .ended: writer.write(UInt64(4))
        }
        writer.write(awaitsPong)
        // A decided end has no heartbeat.
        writer.write(heartbeatDue == .max ? 0 : heartbeatDue - now)
        writer.write(each: polling?.queue ?? []) { writer, packet in
            writer.write(UInt64(packet.kind.rawValue))
            writer.write(packet.isBinary)
            writer.write(packet.payload)
        }
    }

    fileprivate init(
        _ name: String, from reader: inout StateReader, settings: EngineSettings, at now: Int64
    ) throws(StateError) {
        let phase: EnginePhase
        switch try reader.uint64() {
        case 0: phase = .polling
        case 1: phase = .upgrading(try reader.uint64(), isProbed: false)
        case 2: phase = .upgrading(try reader.uint64(), isProbed: true)
        case 3: phase = .webSocket(try reader.uint64())
        case 4: phase = .closing
        default: throw StateError()
        }
        let awaitsPong = try reader.bool()
        // A restart may have taken longer than the wait for a pong, and the client could not answer meanwhile.
        let due = now + max(try reader.time(), awaitsPong ? settings.pingTimeout / 2 : 0)
        // No request names a session that a WebSocket carries.
        let polling: EnginePolling? = if case .webSocket = phase { nil } else { EnginePolling(sid: name) }
        try reader.each { (reader) throws(StateError) in
            guard let kind = EnginePacketKind(rawValue: try reader.integer()) else { throw StateError() }
            let (isBinary, payload) = (try reader.bool(), try reader.byteArray())
            polling?.enqueue(isBinary ? EnginePacket(binary: payload) : EnginePacket(kind, payload))
        }
        self.init(
            phase, polling, heartbeatDue: phase == .closing ? .max : due)
        self.awaitsPong = awaitsPong
        switch phase {
        case .upgrading: polling?.phaseDue = now + SocketIOLimits.upgradeMilliseconds
        case .closing: polling?.phaseDue = now + SocketIOLimits.closingMilliseconds
        case .polling, .webSocket, .ended: break
        }
    }
}

extension SocketSession {
    package func write(to writer: inout StateWriter) {
        var waiting: (packet: SocketPacket, attachments: [[UInt8]])?
        if case .packet(let packet, let attachments) = incomplete { waiting = (packet, attachments) }
        writer.write(waiting) { writer, waiting in
            writer.write(waiting.packet.bytes)
            writer.write(each: waiting.attachments) { $0.write($1) }
        }
    }

    package init(from reader: inout StateReader) throws(StateError) {
        self.init()
        let waiting = try reader.optional {
            (reader) throws(StateError) -> (packet: SocketPacket, attachments: [[UInt8]]) in
            guard let packet = try? SocketPacket(parsing: try reader.byteArray()) else { throw StateError() }
            var attachments: [[UInt8]] = []
            try reader.each { (reader) throws(StateError) in attachments.append(try reader.byteArray()) }
            guard attachments.count < packet.attachments else { throw StateError() }
            return (packet, attachments)
        }
        if let waiting { incomplete = .packet(waiting.packet, attachments: waiting.attachments) }
    }
}
