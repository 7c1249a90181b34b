// The sessions of Engine.IO and Socket.IO as a planned restart hands them over: written and read here. Part of RestartState.version.

package import StateCoding

extension EngineServer {
    /// Writes all sessions. Their polls must have been released.
    /// - Parameter number: gives the number that a carrier has for the next process.
    package func write(to writer: inout StateWriter, at now: Int64, number: (CarrierID) -> CarrierID) {
        writer.write(each: sessions.sorted { $0.key < $1.key }) { writer, entry in
            writer.write(entry.key)
            entry.value.session.write(to: &writer, at: now, number: number)
        }
    }

    /// Continues the sessions of another process. To be called once, before anything else.
    package mutating func resume(from reader: inout StateReader, at now: Int64) throws(StateError) {
        let settings = settings
        try reader.each { (reader) throws(StateError) in
            let sid = try reader.string()
            resume(sid, try EngineSession(from: &reader, settings: settings, at: now), at: now)
        }
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
        writer.write(each: queue) { writer, packet in
            writer.write(UInt64(packet.kind.rawValue))
            writer.write(packet.isBinary)
            writer.write(packet.payload)
        }
    }

    fileprivate init(from reader: inout StateReader, settings: EngineSettings, at now: Int64) throws(StateError) {
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
        var queue: [EnginePacket] = []
        try reader.each { (reader) throws(StateError) in
            guard let kind = EnginePacketKind(rawValue: try reader.integer()) else { throw StateError() }
            let (isBinary, payload) = (try reader.bool(), try reader.byteArray())
            queue.append(isBinary ? EnginePacket(binary: payload) : EnginePacket(kind, payload))
        }
        self.init(phase, queue, settings: settings, heartbeatDue: phase == .closing ? .max : due)
        self.awaitsPong = awaitsPong
        switch phase {
        case .upgrading: phaseDue = now + SocketIOLimits.upgradeMilliseconds
        case .closing: phaseDue = now + SocketIOLimits.closingMilliseconds
        case .polling, .webSocket, .ended: break
        }
    }
}

extension SocketSession {
    package func write(to writer: inout StateWriter) {
        writer.write(each: namespaces) { $0.write($1) }
        writer.write(each: connected) { $0.write($1) }
        writer.write(incomplete) { writer, incomplete in
            writer.write(incomplete.packet.bytes)
            writer.write(each: incomplete.attachments) { $0.write($1) }
        }
    }

    package init(from reader: inout StateReader) throws(StateError) {
        func names(_ reader: inout StateReader) throws(StateError) -> [String] {
            var names: [String] = []
            try reader.each { (reader) throws(StateError) in names.append(try reader.string()) }
            return names
        }
        let (namespaces, connected) = (try names(&reader), try names(&reader))
        let incomplete = try reader.optional {
            (reader) throws(StateError) -> (packet: SocketPacket, attachments: [[UInt8]]) in
            guard let packet = try? SocketPacket(parsing: try reader.byteArray()) else { throw StateError() }
            var attachments: [[UInt8]] = []
            try reader.each { (reader) throws(StateError) in attachments.append(try reader.byteArray()) }
            guard attachments.count < packet.attachments else { throw StateError() }
            return (packet, attachments)
        }
        self.init(namespaces: namespaces, connected: connected, incomplete: incomplete)
    }
}
