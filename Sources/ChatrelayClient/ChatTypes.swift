// What the client takes and gives.

#if Client

/// Where the server is.
public enum ChatEndpoint: Sendable, Equatable {
    /// The daemon's own socket, /run/chatrelay/chatrelay.sock.
    case unix(path: String)
    /// A server of HTTP in front of it: ws://host:port/path. TLS is a task of a proxy on this machine.
    case webSocket(host: String, port: Int, path: String)

    /// - Returns: nil for anything but ws://host[:port][/path] and unix:/path.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            self = .unix(path: String(text.dropFirst(5)))
            return
        }
        guard text.hasPrefix("ws://") else { return nil }
        let rest = text.dropFirst(5)
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        let (authority, path) = (rest[..<end], rest[end...])
        // An address of IPv6 is in brackets.
        let colon =
            authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 } ?? authority.endIndex
        guard let port = colon == authority.endIndex ? 80 : Int(authority[colon...].dropFirst()), 1...65_535 ~= port,
            colon > authority.startIndex
        else { return nil }
        let host = authority[..<colon].filter { $0 != "[" && $0 != "]" }
        self = .webSocket(host: host, port: port, path: path.isEmpty ? "/ws" : String(path))
    }
}

public struct ChatSettings: Sendable {
    public var endpoint: ChatEndpoint
    /// The secret of a bot or of a user's device. Without one the server makes a user, and `connected` has its token.
    public var token: String?
    /// The name that a new user asks for.
    public var name: String?
    public var rooms: [String]
    /// Whether rooms that do not exist are made.
    public var createsRooms: Bool
    /// Events that may wait for the consumer; at least a hundred for each room, which comes at once.
    public var bufferedEvents = 10_000

    public init(
        _ endpoint: ChatEndpoint, token: String? = nil, name: String? = nil, rooms: [String], createsRooms: Bool = false
    ) {
        (self.endpoint, self.token, self.name) = (endpoint, token, name)
        (self.rooms, self.createsRooms) = (rooms, createsRooms)
    }
}

public enum ChatEvent: Sendable, Equatable {
    /// The server has accepted the client, at first or again.
    case connected(ChatWelcome)
    /// The connection has ended; the client comes back by itself.
    case disconnected(reason: String)
    /// A message of a room, each once and in order.
    case message(ChatMessage)
    /// Messages before the next one of the room may be missing.
    case gap(room: String)
    /// The client is not in the room, and does not try again.
    case roomRefused(room: String, code: String, sentence: String)
    /// Any other event of chatrelay.v1, as it came.
    case other(type: String, json: String)
}

public struct ChatWelcome: Sendable, Equatable, Decodable {
    public let name: String
    public let user: UInt64
    /// The secret of a new user: a client that sends it in `hello` signs in as this user.
    public let token: String?
    public let ledger: String
    public let seq: UInt64
}

public struct ChatMessage: Sendable, Equatable, Decodable {
    public let seq: UInt64
    public let id: String
    public let room: String
    public let from: String
    public let user: UInt64
    public let text: String
    /// Milliseconds since 1970.
    public let at: Int64
    /// The message that this one replies to.
    public let re: UInt64?
    public let bot: Bool?
}

public enum ChatError: Error, Equatable {
    /// The server refuses the message, or `hello`. The code is for programs, the sentence for people.
    case refused(code: String, sentence: String)
    /// The server has closed the connection with a code that says: do not come back.
    case closed(code: UInt16, reason: String)
    /// `run` has ended, or was not called yet.
    case ended
}

#endif
