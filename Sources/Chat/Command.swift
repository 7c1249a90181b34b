// What a client can ask for. Behind this parser no bad value exists.

/// A command that makes sense; whether it can be done is for the chat to say.
enum Command: Equatable {
    case hello(Hello)
    case rename(UserName)
    case message(id: MessageID, room: RoomName, text: String)
    case `private`(id: MessageID, to: UserName, text: String)
    case history(Scope, Page)
    case search(String, Scope, Page)
    case join(RoomName, create: Bool)
    case leave(RoomName)
    case rooms
    case who(RoomName)
    case typing(RoomName)

    /// - Parameter textBytes: the longest text of a message.
    init(_ request: Request, textBytes: Int) throws(Refusal) {
        switch request.kind {
        case .hello:
            let fields = request.fields
            self = try .hello(
                Hello(
                    name: request.name(), rooms: request.roomList(), create: fields.create ?? false,
                    token: fields.token.map(Token.init), since: fields.since, ledger: fields.ledger))
        case .rename:
            guard let name = try request.name() else {
                throw .missingField("name", of: .rename, about: request.subject)
            }
            self = .rename(name)
        case .message:
            self = try .message(id: request.id(), room: request.room(), text: request.text(atMost: textBytes))
        case .join: self = try .join(request.room(), create: request.fields.create ?? false)
        case .leave: self = try .leave(request.room())
        case .rooms: self = .rooms
        case .who: self = try .who(request.room())
        case .typing: self = try .typing(request.room())
        case .private:
            guard let to = try request.userName(request.fields.to) else {
                throw .missingField("to", of: .private, about: request.subject)
            }
            self = try .private(id: request.id(), to: to, text: request.text(atMost: textBytes))
        case .history: self = try .history(request.scope(), request.page())
        case .search: self = try .search(request.words(), request.scope(), request.page())
        }
    }
}

/// What somebody who comes wants.
struct Hello: Equatable {
    var name: UserName?
    var rooms: [RoomName]?
    /// Whether rooms that do not exist are made.
    var create: Bool
    var token: Token?
    /// The position of a client that was here before, and the ledger that it belongs to.
    var since: UInt64?
    var ledger: String?
}

/// Which messages a question is about.
enum Scope: Equatable {
    case room(RoomName)
    case with(UserName)
    /// A page of history: all private messages. A search: all that one may see.
    case all
}

/// Which part of them.
struct Page: Equatable {
    /// Below this number; without it, the newest.
    var before: UInt64?
    var limit: Int
}

extension Request {
    fileprivate func name() throws(Refusal) -> UserName? { try userName(fields.name) }

    fileprivate func userName(_ wanted: String?) throws(Refusal) -> UserName? {
        guard let wanted else { return nil }
        do {
            return try UserName(wanted)
        } catch {
            throw .badName(error, about: kind == .private ? subject : .nothing)
        }
    }

    fileprivate func scope() throws(Refusal) -> Scope {
        if fields.room != nil { return try .room(room()) }
        return try userName(fields.with).map { .with($0) } ?? .all
    }

    fileprivate func page() throws(Refusal) -> Page {
        let limit = fields.limit ?? ChatLimits.newestMessages
        guard ChatLimits.pageMessages.contains(limit) else {
            let sentence = "A limit is \(ChatLimits.pageMessages.lowerBound) to \(ChatLimits.pageMessages.upperBound)."
            throw Refusal(.badLimit, sentence, about: subject)
        }
        return Page(before: fields.before, limit: limit)
    }

    fileprivate func words() throws(Refusal) -> String {
        guard let text = fields.text else { throw .missingField("text", of: kind, about: subject) }
        guard text.utf8.count <= ChatLimits.searchBytes,
            text.unicodeScalars.contains(where: { $0.properties.isAlphabetic || $0.properties.numericType != nil })
        else {
            let sentence = "A search needs a word, and has at most \(ChatLimits.searchBytes) bytes."
            throw Refusal(.badSearch, sentence, about: subject)
        }
        return text
    }

    fileprivate func id() throws(Refusal) -> MessageID {
        guard let wanted = fields.id else { throw .missingField("id", of: kind, about: .nothing) }
        guard let id = MessageID(wanted) else {
            throw Refusal(.badID, "An id is 1 to 64 characters of A-Z, a-z, 0-9, -, _, . and :.")
        }
        return id
    }

    fileprivate func room() throws(Refusal) -> RoomName {
        guard let wanted = fields.room else { throw .missingField("room", of: kind, about: subject) }
        guard let room = RoomName(wanted) else { throw .badRoom(about: subject) }
        return room
    }

    fileprivate func roomList() throws(Refusal) -> [RoomName]? {
        guard let wanted = fields.rooms?.names else { return nil }
        guard wanted.count <= ChatLimits.roomsOfSession else { throw .tooManyRooms(about: .nothing) }
        var rooms: [RoomName] = []
        for text in wanted {
            guard let room = RoomName(text) else { throw .badRoom(about: .nothing) }
            rooms.append(room)
        }
        return rooms
    }

    fileprivate func text(atMost limit: Int) throws(Refusal) -> String {
        guard let text = fields.text else { throw .missingField("text", of: kind, about: subject) }
        guard text.utf8.count <= limit else {
            throw Refusal(.textTooLong, "A message has at most \(limit) bytes of text.", about: subject)
        }
        guard !text.unicodeScalars.allSatisfy(\.properties.isWhitespace) else {
            throw Refusal(.emptyText, "The message has no text.", about: subject)
        }
        return text
    }
}
