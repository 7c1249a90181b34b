// Reads a row of `events` as an entry, and gives the values that are stored in one. Only the kinds that users see are read back.

internal import Chat
internal import SQLite

enum Row {
    /// The columns that `committed` reads, which must be a statement's first.
    static let columns = "seq, kind, user, peer, id, room, name, peer_name, text, at, number"

    /// SQL: the row is a private message that is not deleted, or the deletion of one.
    static let isPrivate = "peer IS NOT NULL AND (text IS NOT NULL OR kind = \(EventKind.deletion))"

    /// SQL: the row is one of these and has no rows in `privates` yet.
    static let isUnindexed = "seq > (SELECT value FROM meta WHERE key = 'placed') AND \(isPrivate)"

    /// - Returns: nil for a kind that users do not see.
    static func committed(_ row: Statement) -> Committed? {
        let entry: Entry
        switch row.integer(1) {
        case EventKind.message:
            entry = .message(
                Message(
                    user: user(row, 2), id: row.text(4) ?? "", room: row.text(5) ?? "", from: row.text(6) ?? "",
                    text: row.text(8) ?? "", at: row.integer(9)))
        case EventKind.private:
            entry = .private(
                PrivateMessage(
                    user: user(row, 2), peer: user(row, 3), id: row.text(4) ?? "", from: row.text(6) ?? "",
                    to: row.text(7) ?? "", text: row.text(8) ?? "", at: row.integer(9)))
        case EventKind.announcement:
            entry = .announcement(Announcement(text: row.text(8) ?? "", at: row.integer(9)))
        case EventKind.deletion:
            let audience: Deletion.Audience =
                if let room = row.text(5) {
                    .room(room)
                } else {
                    .between(user(row, 2), user(row, 3), from: row.text(6) ?? "", to: row.text(7) ?? "")
                }
            entry = .deletion(Deletion(message: UInt64(clamping: row.integer(10)), audience: audience))
        default: return nil
        }
        return Committed(seq: UInt64(clamping: row.integer(0)), entry: entry)
    }

    static func user(_ row: Statement, _ column: Int32) -> UserID { UserID(UInt64(clamping: row.integer(column))) }

    /// The user's number as SQLite stores it, which `user` reads.
    static func number(of user: UserID) -> Int64 { Int64(clamping: user.number) }

    /// The text of the entry, which is searched and counts for retention; nil for kinds without one.
    static func text(of entry: Entry) -> String? {
        switch entry {
        case .message(let message): message.text
        case .private(let message): message.text
        case .announcement(let announcement): announcement.text
        default: nil
        }
    }
}
