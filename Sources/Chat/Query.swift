// What the chat reads from the ledger when its memory does not reach far enough back.

/// A query to the ledger. It is limited by sequence numbers, so the answer does not depend on when it is read. The texts of an
/// answer are at most `ChatLimits.pageBytes` together, but there is always one entry if one matches.
package enum Query: Equatable, Sendable {
    /// The newest messages of a source below a sequence number, in ascending order.
    case page(Source, before: UInt64, limit: Int)
    /// The oldest messages of a room above a sequence number, in ascending order.
    case after(room: String, UInt64, limit: Int)
    /// What a user missed: entries above `after` up to `upTo` that are messages in the rooms, its private messages, changes of
    /// either, and announcements. In ascending order, the oldest first. The answer is `tooMany` where there are more than `atMost`,
    /// or where some above `after` are deleted by now: the ledger knows of that before the chat does.
    case missed(UserID, rooms: [String], after: UInt64, upTo: UInt64, limit: Int, atMost: Int)
    /// Messages below a sequence number that have all the words, of the rooms and of the user's private messages. In descending
    /// order, the newest first.
    case search(String, UserID, rooms: [String], privates: Privates, before: UInt64, limit: Int)

    /// A user's read positions that were stored with a sequence number above `after`: entries `.read`, in ascending order.
    case positions(UserID, after: UInt64)

    /// Which messages a page is of.
    package enum Source: Equatable, Sendable {
        case room(String)
        /// Between two users, who may be the same one.
        case conversation(UserID, UserID)
        /// All private messages from and to a user.
        case privates(UserID)
    }

    /// Which of a user's private messages are searched.
    package enum Privates: Equatable, Sendable {
        case none, all
        /// Those with another user, or with the user itself.
        case with(UserID)
    }
}

/// The ledger's answer.
package enum Answer: Equatable, Sendable {
    /// `more`: there are further entries beyond the limit, in the direction of the query.
    case entries([Committed], more: Bool)
    /// A part of a search, which would have taken too long: all that it found from `before` on. Below there may be more.
    case part([Committed], before: UInt64)
    case tooMany
    /// The ledger could not be read, or not in time. The sentence is for the journal.
    case failed(String)
}
