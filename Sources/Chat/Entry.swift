// What is durable: entries go into the ledger, and come out of it with a sequence number.

/// One durable thing that happened, as the ledger takes it in.
package enum Entry: Equatable, Sendable {
    case message(Message)
    case `private`(PrivateMessage)
    /// Somebody takes a name for the first time; the entry's number becomes the user's.
    case claim(Claim)
    case rename(UserID, name: String)
    /// The user was here, at this time (milliseconds since 1970): its name stays reserved.
    case seen(UserID, at: Int64)
    /// The user's name is free again, and its token is worth nothing.
    case release(UserID)
    /// A ban or a mute begins; one on the same subject is replaced.
    case sanction(Sanction)
    /// A ban or a mute ends before its time.
    case lift(Sanction.Subject)
    /// A system message to everybody.
    case announcement(Announcement)
    /// A message is deleted for everybody.
    case deletion(Deletion)
}

/// A user, for ever: the sequence number of the claim that made it.
package struct UserID: Hashable, Sendable {
    package var number: UInt64

    package init(_ number: UInt64) { self.number = number }
}

/// A user's message to a room.
package struct Message: Equatable, Sendable {
    package var user: UserID
    /// The sender's own id for it; unique together with `user`, also among its private messages.
    package var id: String
    package var room: String
    /// The sender's name as it was then.
    package var from: String
    package var text: String
    /// The server's time, in milliseconds since 1970-01-01T00:00:00Z.
    package var at: Int64

    package init(user: UserID, id: String, room: String, from: String, text: String, at: Int64) {
        self.user = user
        self.id = id
        self.room = room
        self.from = from
        self.text = text
        self.at = at
    }
}

/// A user's message to a user, who may be the same one.
package struct PrivateMessage: Equatable, Sendable {
    package var user: UserID
    package var peer: UserID
    /// As `Message.id`.
    package var id: String
    /// Both names as they were then.
    package var from: String
    package var to: String
    package var text: String
    package var at: Int64

    package init(user: UserID, peer: UserID, id: String, from: String, to: String, text: String, at: Int64) {
        self.user = user
        self.peer = peer
        self.id = id
        self.from = from
        self.to = to
        self.text = text
        self.at = at
    }
}

/// A new user.
package struct Claim: Equatable, Sendable {
    package var name: String
    /// Nothing where a proxy vouches for names.
    package var token: TokenHash?
    package var at: Int64

    package init(name: String, token: TokenHash?, at: Int64) {
        self.name = name
        self.token = token
        self.at = at
    }
}

/// An entry as the ledger gives it out: it happened, at this place in the one order.
package struct Committed: Equatable, Sendable {
    /// Global, grows, never reused; the first is 1.
    package var seq: UInt64
    package var entry: Entry

    package init(seq: UInt64, entry: Entry) {
        self.seq = seq
        self.entry = entry
    }
}

/// What an administrator says to everybody.
package struct Announcement: Equatable, Sendable {
    package var text: String
    package var at: Int64

    package init(text: String, at: Int64) {
        self.text = text
        self.at = at
    }
}

/// The end of a message. Its sender's id stays used.
package struct Deletion: Equatable, Sendable {
    /// Where it was: whoever got it is told.
    package enum Place: Equatable, Sendable {
        case room(String)
        /// Between two users, with the names that they had.
        case between(UserID, UserID, from: String, to: String)
    }

    /// The message's number.
    package var message: UInt64
    package var place: Place

    package init(message: UInt64, place: Place) {
        self.message = message
        self.place = place
    }
}

extension Entry {
    /// Whether it is something that somebody said.
    package var isMessage: Bool {
        switch self {
        case .message, .private: true
        default: false
        }
    }

    /// Whether those that come back are told of it.
    package var isTold: Bool {
        switch self {
        case .message, .private, .announcement, .deletion: true
        case .claim, .rename, .seen, .release, .sanction, .lift: false
        }
    }
}
