// What a client can ask for. Behind this parser no bad value exists.

/// A command that makes sense; whether it can be done is for the chat to say.
enum Command: Equatable {
    case hello(name: UserName?, rooms: [RoomName]?)
    case rename(UserName)
    case message(id: MessageID, room: RoomName, text: String)
    case join(RoomName, create: Bool)
    case leave(RoomName)
    case rooms
    case who(RoomName)
    case typing(RoomName)

    /// - Parameter textBytes: the longest text of a message.
    init(_ request: Request, textBytes: Int) throws(Refusal) {
        switch request.kind {
        case .hello: self = try .hello(name: request.name(), rooms: request.roomList())
        case .rename:
            guard let name = try request.name() else {
                throw .missingField("name", of: .rename, about: request.subject)
            }
            self = .rename(name)
        case .message: self = try .message(id: request.id(), room: request.room(), text: request.text(atMost: textBytes))
        case .join: self = try .join(request.room(), create: request.fields.create ?? false)
        case .leave: self = try .leave(request.room())
        case .rooms: self = .rooms
        case .who: self = try .who(request.room())
        case .typing: self = try .typing(request.room())
        case .private, .history:
            let sentence = "This server does not have the command \(request.kind.rawValue) yet."
            throw Refusal(.notAvailable, sentence, about: request.subject)
        }
    }
}

extension Request {
    fileprivate func name() throws(Refusal) -> UserName? {
        guard let wanted = fields.name else { return nil }
        do {
            return try UserName(wanted)
        } catch {
            throw .badName(error)
        }
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
        guard let wanted = fields.rooms else { return nil }
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
