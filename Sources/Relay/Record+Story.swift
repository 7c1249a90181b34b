// The records' sentences and fields.

internal import Chat
internal import Ledger
internal import Linux
internal import WebSocket

extension Record {
    // MARK: the service

    static func started(on places: String, maxConnections: Int) -> Record {
        Record(
            .started, "Chatrelay \(Version.current) serves on \(places), up to \(maxConnections) connections.",
            [("VERSION", Version.current), ("LISTEN", places), ("MAX_CONNECTIONS", "\(maxConnections)")])
    }

    static func stopping(connections: Int) -> Record {
        Record(
            .stopping, "Told to stop: saying goodbye to \(counted(connections, "connection")).",
            [("CONNECTIONS", "\(connections)")])
    }

    static func stopped(messages: UInt64, deliveries: UInt64) -> Record {
        Record(
            .stopped, "Stopped. \(counted(Int(messages), "message")) came in, \(deliveries) events went out.",
            [("MESSAGES", "\(messages)"), ("DELIVERIES", "\(deliveries)")])
    }

    static func reloaded(_ sentence: String, changed: [String], waiting: [String]) -> Record {
        Record(
            .reloaded, "The settings were reloaded. \(sentence)",
            [("CHANGED", changed.joined(separator: " ")), ("WAITING", waiting.joined(separator: " "))])
    }

    static func notReloaded(_ reason: String) -> Record {
        Record(.notReloaded, "The settings were not reloaded, the old ones are in force. \(reason)")
    }

    /// An administrator's command.
    static func operated(_ request: ControlRequest, by: String, _ sentence: String) -> Record {
        // An announcement is the text of a message, and stays out.
        let subject = request.command == .announce ? nil : request.subject
        return Record(
            .operated, "\(by): \(sentence)",
            [
                ("BY", by), ("COMMAND", request.command.rawValue), ("SUBJECT", subject), ("REASON", request.reason),
                ("SEQ", request.seq.map(String.init)),
            ])
    }

    static func idleExit(seconds: Int64) -> Record {
        Record(.idleExit, "Nobody was here for \(seconds) s; the next visitor starts it again.")
    }

    static func failed(_ sentence: String) -> Record { Record(.failed, sentence) }

    static func full(limit: Int) -> Record {
        Record(
            .full, "All \(limit) connections are in use; newcomers are turned away. --max-connections sets the limit.",
            [("LIMIT", "\(limit)")])
    }

    static func notStored(_ reason: LedgerError) -> Record {
        Record(.notStored, "Something was not stored, its sender was told to try again. \(reason)")
    }

    static func ledgerTrouble(_ reason: LedgerError) -> Record { Record(.ledgerTrouble, reason.description) }

    static func stalled(milliseconds: Int64, queued: Int) -> Record {
        Record(
            .stalled,
            "The ledger has got nothing done for \(milliseconds / 1000) s, \(counted(queued, "message")) waited: look whether its disk hangs.",
            [("SECONDS", "\(milliseconds / 1000)"), ("QUEUED", "\(queued)")])
    }

    static func goesOn(milliseconds: Int64) -> Record {
        Record(.goesOn, "The ledger goes on, after \(milliseconds / 1000) s.", [("SECONDS", "\(milliseconds / 1000)")])
    }

    /// - Parameter last: the last of them.
    static func heldBack(_ count: Int, last: Record) -> Record {
        Record(
            .heldBack, "\(count) more of a kind were held back. The last: \(last.message)",
            [("HELD_BACK", "\(count)"), ("HELD_BACK_ID", last.kind.rawValue)])
    }

    static func notRead(_ reason: String) -> Record {
        Record(.ledgerTrouble, "A question to the ledger was not answered. \(reason)")
    }

    static func descriptorsShort(_ error: SystemError) -> Record {
        Record(
            .descriptorsShort, "Newcomers have to wait (\(error)). Raise LimitNOFILE= of the service.",
            [("ERRNO", "\(error.code)")])
    }

    static func limitBelow(_ connections: Int, descriptors: Int) -> Record {
        Record(
            .descriptorsShort,
            "The limit of \(descriptors) open files is too low for \(connections) connections: raise LimitNOFILE= of the service, or lower --max-connections.",
            [("DESCRIPTORS", "\(descriptors)"), ("LIMIT", "\(connections)")])
    }

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
            connection.fields + [("CLOSE_CODE", "\(Farewell.overRate.code)")])
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
            diagnostics.write(.connected(connection))
        case .renamed(let session, let name, let was):
            guard let connection = connections[Int(session.slot)] else { return }
            connection.name = name
            diagnostics.write(.renamed(connection, was: was))
        case .joined(let session, let name, let room):
            guard let connection = connections[Int(session.slot)] else { return }
            diagnostics.write(.joined(name, room: room, connection))
        case .left(let name, let room): diagnostics.write(.left(name, room: room))
        case .roomOpened(let room): diagnostics.write(.roomOpened(room))
        case .roomClosed(let room): diagnostics.write(.roomClosed(room))
        case .overRate(let session, _):
            guard let connection = connections[Int(session.slot)] else { return }
            diagnostics.write(.overRate(connection))
        }
    }
}
