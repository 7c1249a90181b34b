// The records' sentences and fields: of connections and people. Record+Service.swift has the service's.

internal import Chat
internal import WebSocket

extension Record {
    // MARK: connections

    static func refused(_ connection: Connection, _ refusal: UpgradeRefusal) -> Record {
        Record(
            .refused, "A request\(connection.origin) was refused with \(refusal.status): \(refusal.reason)",
            connection.fields + [("STATUS", "\(refusal.status)")])
    }

    static func disconnected(_ connection: Connection, code: UInt16?, at now: Int64) -> Record {
        let seconds = (now - connection.opened) / 1000
        let how = code.map { "close code \($0)" } ?? "without a close frame"
        return Record(
            .disconnected, "\(connection.who) disconnected after \(seconds) s (\(how)).",
            connection.fields + [("CLOSE_CODE", code.map(String.init)), ("SECONDS", "\(seconds)")])
    }

    static func protocolFailure(_ connection: Connection, code: UInt16, why: String) -> Record {
        Record(
            .protocolFailure, "\(connection.who) broke the WebSocket protocol, closed with \(code): \(why)",
            connection.fields + [("CLOSE_CODE", "\(code)")])
    }

    static func lagging(_ connection: Connection, bytes: Int) -> Record {
        Record(
            .lagging, "\(connection.who) reads too slowly: \(bytes) bytes waited. Told to connect again.",
            connection.fields + [("BYTES", "\(bytes)"), ("CLOSE_CODE", "\(Relay.resumeCode)")])
    }

    static func idle(_ connection: Connection) -> Record {
        Record(
            .idle, "\(connection.who) was not heard of for the idle limit, closed.",
            connection.fields + [("CLOSE_CODE", "\(Relay.idleCode)")])
    }

    static func tooManyNames(_ connection: Connection) -> Record {
        Record(
            .tooManyNames,
            "\(connection.address ?? "One address") takes new names again and again, and gets no more for now: look whether to ban it.",
            connection.fields + [("CLOSE_CODE", "\(CloseReason.tooManyNames.code)")])
    }

    static func namesFull(count: Int) -> Record {
        Record(
            .tooManyNames, "All \(count) names are reserved, and newcomers get none: lower --name-days.",
            [("LIMIT", "\(count)")])
    }

    static func crowdedAddress(_ connection: Connection, count: Int) -> Record {
        let address = connection.address ?? "One address"
        return Record(
            .crowdedAddress,
            "\(address) has \(counted(count, "connection")), and no more are let in. If it is a proxy of yours, have nginx see through it (real_ip_header); else raise --address-connections, or ban it.",
            connection.fields + [("LIMIT", "\(count)"), ("CLOSE_CODE", "\(Relay.crowdedCode)")])
    }

    static func crowdedOut(_ connection: Connection, most: Int) -> Record {
        Record(
            .crowdedOut,
            "More than \(most) connections to the socket have sent no whole request: the oldest are dropped. nginx sends requests at once: look who else connects, and set --proxy-user.",
            connection.fields + [("LIMIT", "\(most)")])
    }

    static func notTheProxy(_ user: UInt32?) -> Record {
        Record(
            .notTheProxy,
            "User \(user.map(String.init) ?? "unknown") may not connect to the socket. If it is that of nginx, name it in --proxy-user.",
            [("UID", user.map(String.init))])
    }

    // MARK: people

    static func connected(_ connection: Connection) -> Record {
        Record(.connected, "\(connection.who) connected\(connection.origin).", connection.fields)
    }

    static func renamed(_ connection: Connection, was: String) -> Record {
        Record(.renamed, "\(was) is now \(connection.who).", connection.fields + [("WAS", was)])
    }

    static func joined(_ name: String, room: String, _ connection: Connection) -> Record {
        Record(.joined, "\(name) joined \(room).", connection.fields + [("ROOM", room)])
    }

    static func left(_ name: String, room: String) -> Record {
        Record(.left, "\(name) left \(room).", [("USER", name), ("ROOM", room)])
    }

    static func roomOpened(_ room: String) -> Record {
        Record(.roomOpened, "The room \(room) was made.", [("ROOM", room)])
    }

    static func roomClosed(_ room: String) -> Record {
        Record(.roomClosed, "The room \(room) is empty and closed.", [("ROOM", room)])
    }

    static func overRate(_ connection: Connection) -> Record {
        Record(
            .overRate, "\(connection.who) kept on sending over the rate budget, closed.",
            connection.fields + [("CLOSE_CODE", "\(CloseReason.overRate.code)")])
    }

    static func tooManySessions(_ connection: Connection, _ name: String, count: Int) -> Record {
        Record(
            .tooManySessions,
            "\(name) is here \(count) times, and no more are let in. Where many share one login raise --user-connections.",
            [
                ("USER", name), ("CONNECTION", "\(connection.number)"), ("ADDRESS", connection.address),
                ("LIMIT", "\(count)"), ("CLOSE_CODE", "\(CloseReason.tooManySessions.code)"),
            ])
    }
}

extension Connection {
    fileprivate var who: String { name ?? "A client without a name" }
    fileprivate var origin: String { address.map { " from \($0)" } ?? "" }
    fileprivate var fields: [(String, String?)] {
        [("USER", name), ("CONNECTION", "\(number)"), ("ADDRESS", address)]
    }
}

extension Relay {
    /// What the chat reports, as records; keeps the connections' names.
    func write(_ report: Report) {
        switch report {
        case .named(let session, let name):
            guard let connection = connections[Int(session.slot)] else { return }
            connection.name = name
            journal.write(.connected(connection))
        case .renamed(let session, let name, let was):
            guard let connection = connections[Int(session.slot)] else { return }
            connection.name = name
            journal.write(.renamed(connection, was: was))
        case .joined(let session, let name, let room):
            guard let connection = connections[Int(session.slot)] else { return }
            journal.write(.joined(name, room: room, connection))
        case .left(let name, let room): journal.write(.left(name, room: room))
        case .roomOpened(let room): journal.write(.roomOpened(room))
        case .roomClosed(let room): journal.write(.roomClosed(room))
        case .overRate(let session, _):
            guard let connection = connections[Int(session.slot)] else { return }
            journal.write(.overRate(connection))
        case .tooManySessions(let session, let name, let count):
            guard let connection = connections[Int(session.slot)] else { return }
            journal.write(.tooManySessions(connection, name, count: count))
        case .tooManyNames(let session):
            guard let connection = connections[Int(session.slot)] else { return }
            journal.write(.tooManyNames(connection))
        case .namesFull(let count): journal.write(.namesFull(count: count))
        }
    }
}
