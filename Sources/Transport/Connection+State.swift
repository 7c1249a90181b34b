// A connection as a planned restart hands it over: written and read here. Part of RestartState.version.

internal import API
internal import HTTP
package import Linux
package import StateCoding
internal import WebSocket

extension Connection {
    /// Connections to the control socket are not handed over: the command line retries.
    var isHandedOver: Bool {
        if case .control = phase { false } else { true }
    }

    func write(to writer: inout StateWriter, slot: Slot, outbox: Outbox, at now: Int64) {
        writer.write(UInt64(slot))
        writer.write(number)
        switch phase {
        case .handshake(let parser):
            writer.write(UInt64(0))
            writer.write(parser.received)
        case .open(let endpoint):
            writer.write(UInt64(1))
            endpoint.write(to: &writer)
        case .closing(let endpoint):
            writer.write(UInt64(2))
            endpoint.write(to: &writer)
        case .lingering, .waiting, .control: writer.write(UInt64(3))
        case .streaming: writer.write(UInt64(4))
        }
        writer.write(isWebSocket)
        writer.write(now - lastHeard)
        writer.write(now - opened)
        writer.write(address) { $0.write($1) }
        writer.write(name) { $0.write($1) }
        outbox.write(to: &writer)
    }
}

/// A connection out of a restart state.
package struct ConnectionState {
    package let slot: Slot
    package let connection: Connection
    let outbox: Outbox

    /// - Parameter now: the monotonic clock in milliseconds.
    /// - Throws: where the bytes can't be a connection's.
    package init(from reader: inout StateReader, at now: Int64) throws(StateError) {
        slot = try reader.integer()
        let number = try reader.uint64()
        let phase: Connection.Phase
        switch try reader.uint64() {
        case 0:
            guard
                let parser = try? RequestParser(
                    resuming: try reader.byteArray(), bodyBytes: WebSocketLimits.messageBytes,
                    at: SocketTransport.socketIOPath, below: APICall.folder)
            else { throw StateError() }
            phase = .handshake(parser)
        case 1: phase = .open(try Endpoint(reading: &reader))
        case 2: phase = .closing(try Endpoint(reading: &reader))
        case 3: phase = .lingering
        case 4: phase = .streaming
        default: throw StateError()
        }
        let isWebSocket = try reader.bool()
        let (heard, opened) = (try reader.time(), try reader.time())
        guard heard >= 0, opened >= 0 else { throw StateError() }
        connection = Connection(number: number, at: now - opened)
        connection.phase = phase
        connection.isWebSocket = isWebSocket
        connection.lastHeard = now - heard
        connection.address = try reader.optional { (reader) throws(StateError) in try reader.string() }
        connection.name = try reader.optional { (reader) throws(StateError) in try reader.string() }
        outbox = try Outbox(from: &reader, at: now)
    }

    /// Whether it is, or carries, a session.
    package var isOpen: Bool { connection.isOpen || connection.isStreaming }
}
