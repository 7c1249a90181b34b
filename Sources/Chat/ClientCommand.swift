// The commands of clients. All their values are valid: this is the parser's result.

import Primitives

/// A valid command. Whether it can be done depends on the chat's state.
enum ClientCommand: Equatable {
    case hello(HelloCommand)
    case rename(UserName)
    /// `re`: the sequence number of the message that this one replies to.
    case message(id: MessageID, room: RoomName, text: String, re: UInt64?)
    case `private`(id: MessageID, to: Addressee, text: String, re: UInt64?)
    case edit(id: MessageID, message: UInt64, text: String)
    case delete(id: MessageID, message: UInt64)
    case react(id: MessageID, message: UInt64, Emoji, on: Bool)
    case read(Scope, upTo: UInt64)
    /// Nil: as before.
    case topic(id: MessageID, RoomName, title: String?, topic: String?)
    case history(Scope, Page)
    case search(String, Scope, Page)
    case join(RoomName, create: Bool)
    case leave(RoomName)
    case rooms
    /// Asks for the members of a room, or for the presence of a user.
    case who(Scope)
    /// Nil: as before.
    case presence(away: Bool?, status: String?)
    case typing(RoomName)
    /// `about`: what a refusal names.
    case signal(RoomName, JSONText, about: Refusal.Context)
    case devices
    case signOut(Chat.SignOutTarget)
    case link
    case recovery

    /// - Parameter textBytes: the longest text of a message.
    init(_ request: Request, textBytes: Int) throws(Refusal) {
        switch request.type {
        case .hello:
            self = try .hello(HelloCommand(request))
        case .rename:
            guard let name = try request.name() else {
                throw .missingField("name", of: .rename, about: request.context)
            }
            self = .rename(name)
        case .message:
            self = try .message(
                id: request.id(), room: request.room(), text: request.text(atMost: textBytes), re: request.fields.re)
        case .join: self = try .join(request.room(), create: request.fields.create ?? false)
        case .leave: self = try .leave(request.room())
        case .rooms: self = .rooms
        case .who:
            let scope = try request.scope()
            guard scope != .all else { throw .missingField("room", of: .who, about: request.context) }
            self = .who(scope)
        case .presence:
            let status = try request.status()
            guard request.fields.away != nil || status != nil else {
                throw .missingField("away", of: .presence, about: request.context)
            }
            self = .presence(away: request.fields.away, status: status)
        case .typing: self = try .typing(request.room())
        case .signal: self = try .signal(request.room(), request.data(), about: request.context)
        case .private:
            guard let to = try request.addressee(request.fields.to) else {
                throw .missingField("to", of: .private, about: request.context)
            }
            self = try .private(
                id: request.id(), to: to, text: request.text(atMost: textBytes), re: request.fields.re)
        case .edit:
            self = try .edit(
                id: request.id(), message: request.message(), text: request.text(atMost: textBytes))
        case .delete: self = try .delete(id: request.id(), message: request.message())
        case .react:
            self = try .react(
                id: request.id(), message: request.message(), request.emoji(), on: request.fields.on ?? true)
        case .topic:
            guard request.fields.title != nil || request.fields.topic != nil else {
                throw .missingField("topic", of: .topic, about: request.context)
            }
            self = try .topic(
                id: request.id(), request.room(),
                title: request.line(request.fields.title, atMost: ChatLimits.titleCharacters),
                topic: request.line(request.fields.topic, atMost: ChatLimits.topicCharacters))
        case .read:
            guard let seq = request.fields.seq else { throw .missingField("seq", of: .read, about: request.context) }
            let scope = try request.scope()
            guard scope != .all else { throw .missingField("room", of: .read, about: request.context) }
            self = .read(scope, upTo: seq)
        case .history: self = try .history(request.scope(), request.page())
        case .devices: self = .devices
        case .signOut:
            let device = request.fields.device
            self = .signOut(request.fields.all == true ? .others : device.map { .device($0) } ?? .here)
        case .link: self = .link
        case .recovery: self = .recovery
        case .search: self = try .search(request.words(), request.scope(), request.page())
        }
    }
}

/// How a command names another user.
enum Addressee: Equatable {
    case name(UserName)
    case id(UserID)
}

/// The first command of a session.
struct HelloCommand: Equatable {
    /// The wanted name of a new user.
    var name: UserName?
    /// The rooms to join; nil for the default room.
    var rooms: [RoomName]?
    /// Whether rooms of the list that do not exist are made.
    var create: Bool
    var token: Token?
    /// A signed token, of any size and content. It counts more than the others.
    var jwt: String?
    /// What the signed token grants, once it was checked.
    var grant: SignedSessions.Grant?
    /// Instead of a token.
    var code: SignInCode?
    /// What the client calls its device, where it is a new one.
    var label: String?
    /// Whether the session begins away.
    var isAway = false
    /// The position of a returning client: the highest sequence number that it has processed.
    var since: UInt64?
    /// The id of the ledger that `since` belongs to.
    var ledger: String?
    /// Why there is no `name`. It only matters where the token is unknown.
    var nameRefusal: Refusal?
    /// Rooms of the list that have no valid name. They cost the client these rooms, not the others.
    var roomRefusals: [Refusal] = []

    /// A code that makes the client a device of a known user; nil where its text is no code.
    enum SignInCode: Equatable {
        case link(OneTimeCode?)
        case recovery(OneTimeCode?)

        var refusal: Refusal {
            switch self {
            case .link: .badLink
            case .recovery: .badRecovery
            }
        }
    }
}

extension HelloCommand {
    fileprivate init(_ request: Request) throws(Refusal) {
        let fields = request.fields
        create = fields.create ?? false
        // Neither a token nor a ledger's id is that long. A hello may be kept until the ledger has stored the name.
        token = fields.token.map { Token($0.utf8.count <= ChatLimits.echoBytes ? $0 : "") }
        jwt = fields.jwt
        ledger = fields.ledger.map { $0.utf8.count <= ChatLimits.echoBytes ? $0 : "" }
        since = fields.since
        isAway = fields.away ?? false
        code = fields.link.map { .link(OneTimeCode($0)) } ?? fields.recovery.map { .recovery(OneTimeCode($0)) }
        // A label has the characters of a name. One that is not valid does not cost the client its session.
        label = fields.label.flatMap { try? UserName($0) }?.text
        do throws(Refusal) {
            name = try request.name()
        } catch {
            guard token != nil || code != nil || jwt != nil else { throw error }
            nameRefusal = error
        }
        guard let wanted = fields.rooms?.names else { return }
        guard wanted.count <= ChatLimits.roomsOfSession else { throw .tooManyRooms(about: .nothing) }
        let valid = wanted.compactMap(RoomName.init)
        // Without a valid room among them it is as if none was named.
        rooms = valid.isEmpty && !wanted.isEmpty ? nil : valid
        roomRefusals = wanted.filter { RoomName($0) == nil }.map { .badRoom(about: .room(named: $0)) }
    }
}

/// Which messages a history or search command is about.
enum Scope: Equatable {
    case room(RoomName)
    case with(Addressee)
    /// For history: all private messages. For a search: all messages that the user may see.
    case all
}

/// Which part of the messages.
struct Page: Equatable {
    /// Only messages below this sequence number; nil for the newest.
    var before: UInt64?
    var limit: Int
}

extension Request {
    /// The name that the user wants to have.
    fileprivate func name() throws(Refusal) -> UserName? {
        guard let wanted = fields.name else { return nil }
        do {
            return try UserName(wanted)
        } catch {
            throw .badName(error)
        }
    }

    /// Another user: by its id, or else by its name.
    fileprivate func addressee(_ wanted: String?) throws(Refusal) -> Addressee? {
        if let user = fields.user { return .id(UserID(user)) }
        guard let wanted else { return nil }
        do {
            return .name(try UserName(stored: wanted))
        } catch {
            throw .badName(error, about: context)
        }
    }

    fileprivate func scope() throws(Refusal) -> Scope {
        if fields.room != nil { return try .room(room()) }
        return try addressee(fields.with).map { .with($0) } ?? .all
    }

    fileprivate func page() throws(Refusal) -> Page {
        let limit = fields.limit ?? ChatLimits.newestMessages
        guard ChatLimits.pageMessages.contains(limit) else {
            throw .badLimit(about: context)
        }
        return Page(before: fields.before, limit: limit)
    }

    fileprivate func words() throws(Refusal) -> String {
        guard let text = fields.text else { throw .missingField("text", of: type, about: context) }
        guard text.utf8.count <= ChatLimits.searchBytes,
            text.unicodeScalars.contains(where: { $0.properties.isAlphabetic || $0.properties.numericType != nil })
        else {
            let sentence =
                "A search text contains a letter or a digit, and has at most \(ChatLimits.searchBytes) bytes."
            throw Refusal(.badSearch, sentence, about: context)
        }
        return text
    }

    fileprivate func id() throws(Refusal) -> MessageID {
        guard let wanted = fields.id else { throw .missingField("id", of: type, about: .nothing) }
        guard let id = MessageID(wanted) else {
            throw .badID(about: context)
        }
        return id
    }

    fileprivate func message() throws(Refusal) -> UInt64 {
        guard let message = fields.message else { throw .missingField("message", of: type, about: context) }
        return message
    }

    fileprivate func emoji() throws(Refusal) -> Emoji {
        guard let wanted = fields.emoji else { throw .missingField("emoji", of: type, about: context) }
        guard let emoji = Emoji(wanted) else {
            throw Refusal(.badEmoji, "A reaction is one emoji.", about: context)
        }
        return emoji
    }

    fileprivate func line(_ text: String?, atMost characters: Int) throws(Refusal) -> String? {
        guard let text else { return nil }
        guard let line = RoomTopic.line(text, atMost: characters) else {
            let sentence =
                "A title has at most \(ChatLimits.titleCharacters) characters and a topic \(ChatLimits.topicCharacters), in one line."
            throw Refusal(.badTopic, sentence, about: context)
        }
        return line
    }

    fileprivate func status() throws(Refusal) -> String? {
        guard let text = fields.status else { return nil }
        guard let line = RoomTopic.line(text, atMost: ChatLimits.statusCharacters) else {
            let sentence = "A status has at most \(ChatLimits.statusCharacters) visible characters, in one line."
            throw Refusal(.badStatus, sentence, about: context)
        }
        return line
    }

    fileprivate func room() throws(Refusal) -> RoomName {
        guard let wanted = fields.room else { throw .missingField("room", of: type, about: context) }
        guard let room = RoomName(wanted) else { throw .badRoom(about: context) }
        return room
    }

    /// The data of a signal. Its id is only for the refusal.
    fileprivate func data() throws(Refusal) -> JSONText {
        if fields.id != nil { _ = try id() }
        // A field that is null is absent.
        guard let data = fields.data, !data.isNull else {
            throw .missingField("data", of: type, about: context)
        }
        guard data.bytes.count <= ChatLimits.signalBytes else { throw .badData(about: context) }
        return data
    }

    fileprivate func text(atMost limit: Int) throws(Refusal) -> String {
        guard let text = fields.text else { throw .missingField("text", of: type, about: context) }
        try checkText(text, atMost: limit, about: context)
        return text
    }
}

/// Checks the text of a message.
func checkText(_ text: String, atMost limit: Int, about context: Refusal.Context) throws(Refusal) {
    guard text.utf8.count <= limit else {
        throw Refusal(.textTooLong, "A message has at most \(limit) bytes of text.", about: context)
    }
    guard text.isBlank else { return }
    let isSpace = text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
    let sentence = isSpace ? "The message has no text." : "The message has only characters that show nothing."
    throw Refusal(.emptyText, sentence, about: context)
}
