// Changes of a message that is stored: its text is edited, it is deleted, or a user reacts to it. The chat does not know the message
// when it appends a change. The ledger looks at the message in the transaction that stores the change, so nothing can come between.

/// A change of one message. It has a sequence number of its own.
package struct Change: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// Empty where the message was deleted later, or its text is no longer stored.
        case edit(text: String)
        case deletion
        /// The user adds the emoji to the message, or takes it back.
        case reaction(String, isOn: Bool)
    }

    /// The user that makes the change.
    package struct Author: Equatable, Sendable {
        package var user: UserID
        /// As `Message.id`: unique among all ids of the user.
        package var id: String
        /// The user's name when it made the change.
        package var name: String

        package init(user: UserID, id: String, name: String) {
            self.user = user
            self.id = id
            self.name = name
        }
    }

    /// What the author may change.
    package struct Permission: Equatable, Sendable {
        /// The rooms that the session is in.
        package var rooms: [String]
        /// Own messages can be edited and deleted where they were sent at this time or later, in milliseconds since 1970.
        package var sentSince: Int64

        package init(rooms: [String], sentSince: Int64) {
            self.rooms = rooms
            self.sentSince = sentSince
        }
    }

    /// The sequence number of the message.
    package var message: UInt64
    package var kind: Kind
    /// Nil for an administrator.
    package var author: Author?
    /// As `Message.at`.
    package var at: Int64
    /// Only until the ledger has stored the change; nil for an administrator, who may change every message.
    package var permission: Permission?
    /// Nil until the ledger has stored the change.
    package var audience: Audience?
    /// The message after an edit, without its reactions; only when the ledger has just stored it.
    package var result: Entry?

    package init(
        message: UInt64, kind: Kind, author: Author? = nil, at: Int64 = 0, permission: Permission? = nil,
        audience: Audience? = nil
    ) {
        self.message = message
        self.kind = kind
        self.author = author
        self.at = at
        self.permission = permission
        self.audience = audience
    }
}

/// Who got a message, and gets the events of its changes.
package enum Audience: Equatable, Sendable {
    case room(String)
    /// Two users, who may be the same one, with their names then. The author of a change is the first.
    case between(UserID, UserID, from: String, to: String)
}

/// Why the ledger has not stored an entry that is about a message.
package enum Rejection: Error, Equatable, Sendable {
    /// There is no such message, or it is deleted, or the user has never got it.
    case noSuchMessage
    /// The session is not in the message's room.
    case notInRoom(String)
    case notYours
    case tooLate
    /// The message has this text or this reaction already. The sequence number is the message's.
    case unchanged(UInt64)
    case tooManyReactions
}

extension Entry {
    /// The sequence number of the message that the ledger must look at before it stores this entry.
    package var target: UInt64? {
        switch self {
        case .change(let change): change.message
        case .message(let message): message.details.reply
        case .private(let message): message.details.reply
        default: nil
        }
    }

    /// Checks an entry that is about a message. A message that was deleted can be replied to: the sender may not know it yet.
    /// - Parameter target: the entry of the number `target`, with its reactions; nil where there is none.
    /// - Returns: the entry to store.
    package func checked(against target: Committed?) throws(Rejection) -> Entry {
        guard let target, target.entry.isMessage else { throw .noSuchMessage }
        switch (self, target.entry) {
        case (.change(let change), _): return .change(try change.checked(against: target))
        case (_, let deleted) where deleted.isDeleted: return self
        case (.message(let reply), .message(let message)) where reply.room == message.room: return self
        case (.private(let reply), .private(let message))
        where [[reply.user, reply.peer], [reply.peer, reply.user]].contains([message.user, message.peer]):
            return self
        default: throw .noSuchMessage
        }
    }
}

extension Change {
    fileprivate func checked(against target: Committed) throws(Rejection) -> Change {
        guard !target.entry.isDeleted else { throw .noSuchMessage }
        var change = self
        change.permission = nil
        switch target.entry {
        case .message(let message):
            if let permission, !permission.rooms.contains(message.room) { throw .notInRoom(message.room) }
            change.audience = .room(message.room)
            change.result = try changed(.message(message), message.user, message.text, message.details, message.at)
        case .private(let message):
            if let author, author.user != message.user {
                guard author.user == message.peer else { throw .noSuchMessage }
                change.audience = .between(message.peer, message.user, from: message.to, to: message.from)
            } else {
                change.audience = .between(message.user, message.peer, from: message.from, to: message.to)
            }
            change.result = try changed(.private(message), message.user, message.text, message.details, message.at)
        default: throw .noSuchMessage
        }
        return change
    }

    /// - Returns: the message after an edit.
    private func changed(
        _ entry: Entry, _ sender: UserID, _ text: String, _ details: MessageDetails, _ sentAt: Int64
    ) throws(Rejection) -> Entry? {
        if case .reaction(let emoji, let isOn) = kind {
            guard let user = author?.user else { throw .notYours }
            guard details.reactions.has(emoji, of: user) != isOn else { throw .unchanged(message) }
            guard isOn else { return nil }
            guard
                details.reactions.contains(where: { $0.emoji == emoji })
                    || details.reactions.count < ChatLimits.reactionKinds,
                details.reactions.reduce(0, { $0 + $1.users.count }) < ChatLimits.reactions
            else { throw .tooManyReactions }
            return nil
        }
        if let author, let permission {
            guard author.user == sender else { throw .notYours }
            guard sentAt >= permission.sentSince else { throw .tooLate }
        }
        guard case .edit(let new) = kind else { return nil }
        guard new != text else { throw .unchanged(message) }
        var edited = entry.edited(new, at: at)
        edited.details?.reactions = []
        return edited
    }
}

extension Entry {
    /// - Returns: the message with another text.
    package func edited(_ text: String, at: Int64) -> Entry {
        var entry = self
        switch self {
        case .message(var message):
            message.text = text
            entry = .message(message)
        case .private(var message):
            message.text = text
            entry = .private(message)
        default: break
        }
        entry.details?.edited = at
        return entry
    }
}
