// What is durable: entries go into the ledger, and come out of it with a sequence number.

/// One durable change.
package enum Entry: Equatable, Sendable {
    case message(Message)
    case `private`(PrivateMessage)
    /// A new user takes a name. The entry's sequence number becomes the user's id.
    case claim(Claim)
    case rename(UserID, name: String)
    /// The user was connected at this time (milliseconds since 1970). The reservation of its name counts from there.
    /// `device`: the one of its devices that was; nil for the first one.
    case seen(UserID, at: Int64, device: UInt64? = nil)
    /// The user's name is free again, and its tokens are void.
    case release(UserID)
    /// A known user has a new device.
    case device(NewDevice)
    /// The tokens of these devices of the user are void.
    case signOut(UserID, devices: [UInt64])
    /// The user has a new recovery code, of which this is the hash.
    case recovery(UserID, TokenHash)
    /// A ban or a mute begins. It replaces one on the same subject.
    case sanction(Sanction)
    /// A ban or a mute ends before its time.
    case lift(Sanction.Subject)
    /// A system message to all users.
    case announcement(Announcement)
    /// A message is edited or deleted, or a user reacts to it.
    indirect case change(Change)
    /// The title and the topic of a room change.
    case topic(RoomTopic)
    /// The user's status line. Empty: none.
    case status(UserID, text: String)
    /// A user has read more than before.
    case read(ReadPosition)
}

/// A user: the sequence number of the claim that created it.
package struct UserID: Hashable, Sendable {
    package var number: UInt64

    package init(_ number: UInt64) { self.number = number }
}

/// A user's message to a room.
package struct Message: Equatable, Sendable {
    package var user: UserID
    /// The sender's id for the message; unique together with `user`, also among its private messages.
    package var id: String
    package var room: String
    /// The sender's name when it sent the message.
    package var from: String
    package var text: String
    /// The server's time, in milliseconds since 1970-01-01T00:00:00Z.
    package var at: Int64
    package var details: MessageDetails

    package init(
        user: UserID, id: String, room: String, from: String, text: String, at: Int64,
        details: MessageDetails = MessageDetails()
    ) {
        self.user = user
        self.id = id
        self.room = room
        self.from = from
        self.text = text
        self.at = at
        self.details = details
    }
}

/// A user's message to a user, who may be the same one.
package struct PrivateMessage: Equatable, Sendable {
    package var user: UserID
    package var peer: UserID
    /// As `Message.id`.
    package var id: String
    /// The name of `user` when it sent the message.
    package var from: String
    /// The name of `peer` then.
    package var to: String
    package var text: String
    /// As `Message.at`.
    package var at: Int64
    package var details: MessageDetails

    package init(
        user: UserID, peer: UserID, id: String, from: String, to: String, text: String, at: Int64,
        details: MessageDetails = MessageDetails()
    ) {
        self.user = user
        self.peer = peer
        self.id = id
        self.from = from
        self.to = to
        self.text = text
        self.at = at
        self.details = details
    }
}

/// A new user.
package struct Claim: Equatable, Sendable {
    package var name: String
    /// Nil where the proxy authenticates names, or a signed token the user.
    package var token: TokenHash?
    /// As `Message.at`.
    package var at: Int64
    /// What the client calls its device.
    package var label: String?
    /// Nil for a person.
    package var bot: BotGrant?
    /// That of the user's signed tokens; nil for other users.
    package var subject: String?

    package init(
        name: String, token: TokenHash?, at: Int64, label: String? = nil, bot: BotGrant? = nil, subject: String? = nil
    ) {
        self.name = name
        self.token = token
        self.at = at
        self.label = label
        self.bot = bot
        self.subject = subject
    }
}

/// An entry that the ledger has committed.
package struct Committed: Equatable, Sendable {
    /// The sequence number: global, ascending with gaps, never reused; the first is 1.
    package var seq: UInt64
    package var entry: Entry

    package init(seq: UInt64, entry: Entry) {
        self.seq = seq
        self.entry = entry
    }
}

/// A system message of an administrator.
package struct Announcement: Equatable, Sendable {
    package var text: String
    package var at: Int64

    package init(text: String, at: Int64) {
        self.text = text
        self.at = at
    }
}

extension Entry {
    /// Whether this is a message, to a room or a user.
    package var isMessage: Bool {
        switch self {
        case .message, .private: true
        default: false
        }
    }

    /// Whether the entry has an event that clients get in the order of sequence numbers.
    package var hasEvent: Bool {
        switch self {
        case .message, .private, .announcement, .change, .topic: true
        case .claim, .rename, .seen, .release, .device, .signOut, .recovery, .status, .sanction, .lift, .read:
            false
        }
    }

    /// The user that sent it, and its id, which the user uses once.
    package var sender: (user: UserID, id: String)? {
        switch self {
        case .message(let message): (message.user, message.id)
        case .private(let message): (message.user, message.id)
        case .topic(let topic): (topic.user, topic.id)
        case .change(let change): change.author.map { ($0.user, $0.id) }
        default: nil
        }
    }

    /// Whether this is a deleted message, or the edit of one: no message is accepted without a text.
    package var isDeleted: Bool {
        switch self {
        case .message(let message): message.text.isEmpty
        case .private(let message): message.text.isEmpty
        case .change(let change): change.kind == .edit(text: "")
        default: false
        }
    }

    /// What a message has besides its text; nil for other entries.
    package var details: MessageDetails? {
        get {
            switch self {
            case .message(let message): message.details
            case .private(let message): message.details
            default: nil
            }
        }
        set {
            guard let newValue else { return }
            switch self {
            case .message(var message):
                message.details = newValue
                self = .message(message)
            case .private(var message):
                message.details = newValue
                self = .private(message)
            default: break
            }
        }
    }
}
