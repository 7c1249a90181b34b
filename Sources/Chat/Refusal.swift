// What can be wrong with a command: the codes of PROTOCOL.md ("Errors") and their sentences for people. A sentence repeats
// only what was checked before, so it is never long.

/// The answer to a command that was not done.
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
    }

    /// What it is about, so that a program can tell.
    enum Subject: Equatable {
        case nothing
        case message(MessageID)
        case room(RoomName)
        case user(UserName)
    }

    var code: Code
    var subject: Subject
    var message: String
    /// A name that is free.
    var proposal: String?
    /// Milliseconds until a command is accepted again.
    var retry: Int64?
    /// When it is over, in milliseconds since 1970.
    var until: Int64?

    init(_ code: Code, _ message: String, about subject: Subject = .nothing) {
        self.code = code
        self.subject = subject
        self.message = message
    }
}

extension Refusal {
    static func missingField(_ field: StaticString, of kind: Request.Kind, about subject: Subject) -> Refusal {
        Refusal(.missingField, "The command \(kind.rawValue) needs the field \(field).", about: subject)
    }

    static func badName(_ flaw: UserName.Flaw, about subject: Subject = .nothing) -> Refusal {
        let sentence =
            switch flaw {
            case .empty: "The name is empty."
            case .tooLong:
                "A name has at most \(ChatLimits.nameCharacters) characters and \(ChatLimits.nameBytes) bytes."
            case .unshowable: "The name has characters that do not show."
            }
        return Refusal(.badName, sentence, about: subject)
    }

    static func nameTaken(_ name: UserName, proposal: UserName) -> Refusal {
        var refusal = Refusal(.nameTaken, "The name \(name.text) is taken. \(proposal.text) is free.")
        refusal.proposal = proposal.text
        return refusal
    }

    static func badRoom(about subject: Subject) -> Refusal {
        let sentence = "A room name is 1 to 32 characters of a-z, 0-9 and -, and begins with a letter or digit."
        return Refusal(.badRoom, sentence, about: subject)
    }

    static func noSuchRoom(_ room: RoomName, canBeMade: Bool) -> Refusal {
        let advice = canBeMade ? #"Send "create":true to make it."# : "This server has fixed rooms."
        return Refusal(.noSuchRoom, "There is no room \(room.text). \(advice)", about: .room(room))
    }

    static func tooManyRooms(about subject: Subject) -> Refusal {
        Refusal(.tooManyRooms, "One can be in \(ChatLimits.roomsOfSession) rooms at once.", about: subject)
    }

    static func notInRoom(_ room: RoomName, about subject: Subject) -> Refusal {
        Refusal(.notInRoom, "You are not in the room \(room.text). Join it first.", about: subject)
    }

    static func rateLimited(retry: Int64, about subject: Subject) -> Refusal {
        var refusal = Refusal(.rateLimited, "Too many commands. Wait \(retry) ms.", about: subject)
        refusal.retry = retry
        return refusal
    }

    static func nameBanned(_ name: UserName, _ ban: Sanction) -> Refusal {
        var refusal = Refusal(.nameBanned, "The name \(name.text) is banned\(ban.ending)")
        refusal.until = ban.until
        return refusal
    }

    static func muted(_ mute: Sanction, about subject: Subject) -> Refusal {
        var refusal = Refusal(.muted, "You are muted\(mute.ending)", about: subject)
        refusal.until = mute.until
        return refusal
    }

    static func noSuchUser(_ name: UserName, about subject: Subject) -> Refusal {
        Refusal(.noSuchUser, "Nobody has the name \(name.text).", about: subject)
    }

    static func tryAgain(_ sentence: String, about subject: Subject = .nothing) -> Refusal {
        Refusal(.tryAgain, sentence, about: subject)
    }
}
