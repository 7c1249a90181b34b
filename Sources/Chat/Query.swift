// What the chat asks the ledger for when its memory does not reach far enough back, and what it gets.

/// A question to the ledger. Sequence numbers say which part of the one order it is about, so that it does not matter when
/// it is answered; the texts of an answer are at most `ChatLimits.pageBytes` together (but one is always given).
package enum Query: Equatable, Sendable {
    /// The newest entries of a place below a number; answered in ascending order.
    case page(Place, before: UInt64, limit: Int)
    /// What a user did not get: entries above `after` up to `upTo` in the rooms, its private messages, what was withdrawn of
    /// either, and announcements; answered in
    /// ascending order, the oldest first, or with `tooMany` where there are more than `atMost`, or where some above `after`
    /// are deleted by now: the ledger knows of that before it has told.
    case missed(UserID, rooms: [String], after: UInt64, upTo: UInt64, limit: Int, atMost: Int)
    /// Entries below a number that have all the words, of the rooms and of the user's private messages (only those with
    /// `peer` where one is given); answered in descending order, the newest first.
    case search(String, UserID, rooms: [String], privates: Privates, before: UInt64, limit: Int)
    /// The message of a number; one that was withdrawn has an empty text.
    case message(UInt64)

    /// Where messages stand.
    package enum Place: Equatable, Sendable {
        case room(String)
        /// Between two users, who may be the same one.
        case conversation(UserID, UserID)
        /// All private messages from and to a user.
        case privates(UserID)
    }

    /// Which of a user's private messages are searched.
    package enum Privates: Equatable, Sendable {
        case none, all
        case with(UserID)
    }
}

/// What the ledger found.
package enum Answer: Equatable, Sendable {
    /// `more`: there are further ones beyond the limit, in the direction of the question.
    case entries([Committed], more: Bool)
    case tooMany
    /// It could not be read, or not in time; the sentence is for the journal.
    case failed(String)
}
