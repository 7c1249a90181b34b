// The sentences and fields of records about connections and users.

internal import Chat
internal import HTTP
internal import Transport

extension JournalRecord {
    // MARK: connections

    static func refused(_ connection: Connection, _ error: HTTPError) -> JournalRecord {
        JournalRecord(
            .refused, "A request\(origin(connection)) was refused with \(error.status): \(error.reason)",
            fields(connection) + [("STATUS", "\(error.status)")])
    }

    static func disconnected(_ connection: Connection, code: UInt16?, at now: Int64) -> JournalRecord {
        let seconds = (now - connection.opened) / 1000
        let how = code.map { "close code \($0)" } ?? "without a close frame"
        return JournalRecord(
            .disconnected, "\(who(connection)) disconnected after \(seconds) s (\(how)).",
            fields(connection) + [("CLOSE_CODE", code.map(String.init)), ("SECONDS", "\(seconds)")])
    }

    static func protocolError(_ connection: Connection, code: UInt16, reason: String) -> JournalRecord {
        JournalRecord(
            .protocolError, "\(who(connection)) broke the WebSocket protocol, closed with \(code): \(reason)",
            fields(connection) + [("CLOSE_CODE", "\(code)")])
    }

    static func slowReader(_ connection: Connection, bytes: Int, ofClient sum: Int?) -> JournalRecord {
        let others = sum.map { ", with those of others at its address \($0)" } ?? ""
        return JournalRecord(
            .slowReader, "\(who(connection)) reads too slowly: \(bytes) bytes waited\(others). Told to connect again.",
            fields(connection) + [("BYTES", "\(bytes)"), ("CLOSE_CODE", "\(CloseReason.slowReader.code)")])
    }

    static func idle(_ connection: Connection) -> JournalRecord {
        JournalRecord(
            .idle, "\(who(connection)) sent nothing for the time of --idle-timeout, not even a pong; closed.",
            fields(connection) + [("CLOSE_CODE", "\(CloseReason.idle.code)")])
    }

    static func tooManyNames(_ connection: Connection) -> JournalRecord {
        JournalRecord(
            .tooManyNames,
            "\(connection.address ?? "One address") has taken too many new names, and gets no more for now. If it is a program that takes names, ban the address.",
            fields(connection) + [("CLOSE_CODE", "\(CloseReason.tooManyNames.code)")])
    }

    static func namesFull(count: Int) -> JournalRecord {
        JournalRecord(
            .tooManyNames, "All \(count) names are reserved, and new users get none: lower --name-days.",
            [("LIMIT", "\(count)")])
    }

    static func clientLimit(_ connection: Connection, count: Int) -> JournalRecord {
        let address = connection.address ?? "One address"
        return JournalRecord(
            .clientLimit,
            "\(address) has \(counted(count, "connection")), its limit, so another was refused. If it is a proxy of yours, let nginx take the client's address from its header (real_ip_header); else raise --address-connections, or ban it.",
            fields(connection) + [("LIMIT", "\(count)"), ("CLOSE_CODE", "\(CloseReason.tooManyConnections.code)")])
    }

    static func handshakeLimit(_ connection: Connection, limit: Int) -> JournalRecord {
        JournalRecord(
            .handshakeLimit,
            "More than \(limit) connections to the socket have sent no complete request: the oldest are closed. nginx sends requests at once, so another program connects: find it, and set --proxy-user.",
            fields(connection) + [("LIMIT", "\(limit)")])
    }

    static func notTheProxy(_ user: UInt32?) -> JournalRecord {
        JournalRecord(
            .notTheProxy,
            "User \(user.map(String.init) ?? "unknown") may not connect to the socket. If nginx runs as this user, name it in --proxy-user.",
            [("UID", user.map(String.init))])
    }

    // MARK: people

    static func connected(_ connection: Connection) -> JournalRecord {
        JournalRecord(.connected, "\(who(connection)) connected\(origin(connection)).", fields(connection))
    }

    static func renamed(_ connection: Connection, was: String) -> JournalRecord {
        JournalRecord(.renamed, "\(was) is now \(who(connection)).", fields(connection) + [("WAS", was)])
    }

    static func joined(_ name: String, room: String, _ connection: Connection) -> JournalRecord {
        JournalRecord(.joined, "\(name) joined \(room).", fields(connection) + [("ROOM", room)])
    }

    static func left(_ name: String, room: String) -> JournalRecord {
        JournalRecord(.left, "\(name) left \(room).", [("USER", name), ("ROOM", room)])
    }

    static func roomOpened(_ room: String) -> JournalRecord {
        JournalRecord(.roomOpened, "The room \(room) was created.", [("ROOM", room)])
    }

    static func roomClosed(_ room: String) -> JournalRecord {
        JournalRecord(.roomClosed, "The room \(room) is empty and closed.", [("ROOM", room)])
    }

    static func overRate(_ connection: Connection) -> JournalRecord {
        JournalRecord(
            .overRate, "\(who(connection)) kept sending faster than the rate limit (--rate); closed.",
            fields(connection) + [("CLOSE_CODE", "\(CloseReason.overRate.code)")])
    }

    static func tooManySessions(_ connection: Connection, _ name: String, count: Int) -> JournalRecord {
        JournalRecord(
            .tooManySessions,
            "\(name) has \(count) connections, the limit of a user, so another was refused. Where many people share one login, raise --user-connections.",
            [
                ("USER", name), ("CONNECTION", "\(connection.number)"), ("ADDRESS", connection.address),
                ("LIMIT", "\(count)"), ("CLOSE_CODE", "\(CloseReason.tooManySessions.code)"),
            ])
    }

    // MARK: a connection

    private static func who(_ connection: Connection) -> String { connection.name ?? "A client without a name" }

    private static func origin(_ connection: Connection) -> String { connection.address.map { " from \($0)" } ?? "" }

    private static func fields(_ connection: Connection) -> [(String, String?)] {
        [("USER", connection.name), ("CONNECTION", "\(connection.number)"), ("ADDRESS", connection.address)]
    }
}
