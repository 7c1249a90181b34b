// The codes of PROTOCOL.md ("Errors") and their sentences for people. A sentence repeats only valid values, so it is short.

/// The answer that refuses a command.
struct Refusal: Error, Equatable {
    enum Code: String {
        case badJSON = "bad-json"
        case unknownType = "unknown-type"
        case missingField = "missing-field"
        case helloFirst = "hello-first"
        case badName = "bad-name"
        case nameTaken = "name-taken"
        case badRoom = "bad-room"
        case noSuchRoom = "no-such-room"
        case notInRoom = "not-in-room"
        case tooManyRooms = "too-many-rooms"
        case badID = "bad-id"
        case emptyText = "empty-text"
        case textTooLong = "text-too-long"
        case rateLimited = "rate-limited"
        case noSuchUser = "no-such-user"
        case nameFixed = "name-fixed"
        case badSearch = "bad-search"
        case badLimit = "bad-limit"
        case tryAgain = "try-again"
        case nameBanned = "name-banned"
        case muted
        case noSuchMessage = "no-such-message"
        case notYours = "not-yours"
        case tooLate = "too-late"
        case badEmoji = "bad-emoji"
        case badTopic = "bad-topic"
        case topicFixed = "topic-fixed"
        case badStatus = "bad-status"
        case badData = "bad-data"
        case tooManyReactions = "too-many-reactions"
        case badLink = "bad-link"
        case badRecovery = "bad-recovery"
        case noTokens = "no-tokens"
        case badToken = "bad-token"
        case tokenExpired = "token-expired"
    }

    /// What the refusal refers to, for programs.
    enum Context: Equatable {
        case nothing
        case message(MessageID)
        case room(RoomName)
        case user(UserName)
        case userID(UserID)
        /// A value that is not valid, as the client has sent it: at most `ChatLimits.echoBytes` of UTF-8.
        case invalid(Field, String)
    }

    /// The fields of commands that a refusal names. The raw values are part of the restart state.
    enum Field: String {
        case id, room, with
    }

    var code: Code
    var context: Context
    var message: String
    /// A free name.
    var proposal: String?
    /// Milliseconds until a command is accepted again.
    var retry: Int64?
    /// When the sanction ends, in milliseconds since 1970.
    var until: Int64?
    /// Which of several unanswered commands is refused, where the context does not tell.
    var command: RefusedCommand?

    init(_ code: Code, _ message: String, about context: Context = .nothing) {
        self.code = code
        self.context = context
        self.message = message
    }
}

/// A `history` or `search` command, as its answer would repeat it, or another command of this type.
struct RefusedCommand: Equatable {
    var type: Request.CommandType
    var text: String?
    var before: UInt64?
}

extension Refusal.Context {
    static func message(id: String?) -> Self {
        guard let id else { return .nothing }
        return MessageID(id).map { .message($0) } ?? invalid(.id, atMost: id)
    }

    static func room(named room: String?) -> Self {
        guard let room else { return .nothing }
        return RoomName(room).map { .room($0) } ?? invalid(.room, atMost: room)
    }

    static func user(named name: String?) -> Self {
        guard let name else { return .nothing }
        return (try? UserName(stored: name)).map { .user($0) } ?? invalid(.with, atMost: name)
    }

    private static func invalid(_ field: Refusal.Field, atMost text: String) -> Self {
        text.utf8.count <= ChatLimits.echoBytes ? .invalid(field, text) : .nothing
    }
}

extension Refusal {
    static func missingField(_ field: StaticString, of type: Request.CommandType, about context: Context) -> Refusal {
        Refusal(.missingField, "The command \(type.rawValue) needs the field \(field).", about: context)
    }

    static func badName(_ error: NameError, about context: Context = .nothing) -> Refusal {
        let sentence =
            switch error {
            case .empty: "The name is empty."
            case .tooLong:
                "A name has at most \(ChatLimits.nameCharacters) characters and \(ChatLimits.nameBytes) bytes."
            case .invisible: "The name has invisible characters."
            }
        return Refusal(.badName, sentence, about: context)
    }

    static func nameTaken(_ name: UserName, proposal: UserName) -> Refusal {
        var refusal = Refusal(.nameTaken, "The name \(name.text) is taken. \(proposal.text) is free.")
        refusal.proposal = proposal.text
        return refusal
    }

    static func badID(about context: Context) -> Refusal {
        Refusal(.badID, "An id is 1 to 64 characters of A-Z, a-z, 0-9, -, _, . and :.", about: context)
    }

    static func badLimit(about context: Context) -> Refusal {
        let limits = ChatLimits.pageMessages
        return Refusal(.badLimit, "A limit is \(limits.lowerBound) to \(limits.upperBound).", about: context)
    }

    static func badData(about context: Context) -> Refusal {
        let sentence =
            "The data of a signal is a JSON value of at most \(ChatLimits.signalBytes) bytes, in at most \(ChatLimits.signalDepth) levels."
        return Refusal(.badData, sentence, about: context)
    }

    static func badRoom(about context: Context) -> Refusal {
        let sentence = "A room name is 1 to 32 characters of a-z, 0-9 and -, and begins with a letter or digit."
        return Refusal(.badRoom, sentence, about: context)
    }

    static func noSuchRoom(_ room: RoomName, canBeMade: Bool) -> Refusal {
        let advice = canBeMade ? #"Send "create":true to make it."# : "This server has fixed rooms."
        return Refusal(.noSuchRoom, "There is no room \(room.text). \(advice)", about: .room(room))
    }

    static func tooManyRooms(about context: Context) -> Refusal {
        Refusal(.tooManyRooms, "A connection can be in \(ChatLimits.roomsOfSession) rooms at once.", about: context)
    }

    static func notInRoom(_ room: RoomName, about context: Context) -> Refusal {
        Refusal(.notInRoom, "You are not in the room \(room.text). Join it first.", about: context)
    }

    static func rateLimited(retry: Int64, about context: Context) -> Refusal {
        var refusal = Refusal(.rateLimited, "Too many commands. Wait \(retry) ms.", about: context)
        refusal.retry = retry
        return refusal
    }

    static func nameBanned(_ name: UserName, _ ban: Sanction) -> Refusal {
        var refusal = Refusal(.nameBanned, "The name \(name.text) is banned\(ban.ending)")
        refusal.until = ban.until
        return refusal
    }

    static func muted(_ mute: Sanction, about context: Context) -> Refusal {
        var refusal = Refusal(.muted, "You are muted\(mute.ending)", about: context)
        refusal.until = mute.until
        return refusal
    }

    static func noSuchUser(_ name: UserName, about context: Context) -> Refusal {
        Refusal(.noSuchUser, "Nobody has the name \(name.text).", about: context)
    }

    static func noSuchUser(_ user: UserID, about context: Context) -> Refusal {
        Refusal(.noSuchUser, "There is no user \(user.number).", about: context)
    }

    /// - Parameter message: the sequence number of the message that the command is about.
    static func rejected(_ rejection: Rejection, message: UInt64?, about context: Context) -> Refusal {
        let number = message.map { " \($0)" } ?? ""
        return switch rejection {
        case .noSuchMessage, .unchanged:
            Refusal(.noSuchMessage, "There is no message\(number), or it is deleted.", about: context)
        case .notInRoom(let room):
            Refusal(.notInRoom, "You are not in the room \(room) of the message. Join it first.", about: context)
        case .notYours: Refusal(.notYours, "Another user has sent the message\(number).", about: context)
        case .tooLate: Refusal(.tooLate, "The message\(number) is too old to be changed.", about: context)
        case .tooManyReactions:
            Refusal(
                .tooManyReactions,
                "A message has at most \(ChatLimits.reactionKinds) different emojis and \(ChatLimits.reactions) reactions.",
                about: context)
        }
    }

    static let badLink = Refusal(
        .badLink, "This link is used up, too old, or not complete. Make a new one on a device that is signed in.")
    static let badRecovery = Refusal(
        .badRecovery, "This is not a recovery code, or it is used up or replaced by a newer one.")
    static let noTokens = Refusal(.noTokens, "You sign in by your login here, so the chat has no list of your devices.")

    static func tooManyCodes(retry: Int64) -> Refusal {
        var refusal = Refusal(.rateLimited, "Too many codes from your address. Wait \(retry) ms.")
        refusal.retry = retry
        return refusal
    }

    static let nameBeingReleased = tryAgain("This name is being released. Try again.")

    static func tryAgain(_ sentence: String, about context: Context = .nothing) -> Refusal {
        Refusal(.tryAgain, sentence, about: context)
    }
}
