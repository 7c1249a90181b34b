// A connection as one process writes it down for the next, at a planned restart.

internal import Linux
internal import StateCoding
internal import WebSocket

extension Connection {
    /// - Returns: false for one that is not handed over (an administrator's).
    func write(to writer: inout StateWriter, slot: Slot, outbox: Outbox, at now: Int64) {
        writer.write(UInt64(slot))
        writer.write(number)
        switch phase {
        case .handshake(let parser):
            writer.write(UInt64(0))
            writer.write(parser.head)
        case .open(let endpoint):
            writer.write(UInt64(1))
            endpoint.write(to: &writer)
        case .closing(let endpoint):
            writer.write(UInt64(2))
            endpoint.write(to: &writer)
        case .lingering, .control: writer.write(UInt64(3))
        }
        writer.write(hasSeat)
        writer.write(now - lastHeard)
        writer.write(now - opened)
        writer.write(address) { $0.write($1) }
        writer.write(name) { $0.write($1) }
        outbox.write(to: &writer)
    }
}

/// What was written of one connection.
struct ConnectionState {
    let slot: Slot
    let connection: Connection
    let outbox: Outbox

    init(from reader: inout StateReader, at now: Int64) throws(StateError) {
        slot = try reader.integer()
        let number = try reader.uint64()
        let phase: Connection.Phase
        switch try reader.uint64() {
        case 0: phase = .handshake(UpgradeParser(resuming: try reader.byteArray()))
        case 1: phase = .open(try Endpoint(reading: &reader))
        case 2: phase = .closing(try Endpoint(reading: &reader))
        case 3: phase = .lingering
        default: throw StateError()
        }
        let hasSeat = try reader.bool()
        let (heard, opened) = (try reader.time(), try reader.time())
        guard heard >= 0, opened >= 0 else { throw StateError() }
        connection = Connection(number: number, at: now - opened)
        connection.phase = phase
        connection.hasSeat = hasSeat
        connection.lastHeard = now - heard
        connection.address = try reader.optional { (reader) throws(StateError) in try reader.string() }
        connection.name = try reader.optional { (reader) throws(StateError) in try reader.string() }
        outbox = try Outbox(from: &reader, at: now)
    }
}
