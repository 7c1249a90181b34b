// A row of `events` as the entry that it was. Only what users are told is ever asked for.

internal import Chat
internal import SQLite

enum Row {
    /// What a statement must select, first of all.
    static let columns = "seq, kind, user, peer, id, room, name, peer_name, text, at, number"

    /// A private message, or the withdrawal of one; but not the row of one that was withdrawn.
    static let isOfTwo = "peer IS NOT NULL AND (text IS NOT NULL OR kind = \(EventKind.deletion))"

    /// The same, where it has no rows in `privates` as yet.
    static let isUnplaced = "seq > (SELECT value FROM meta WHERE key = 'placed') AND \(isOfTwo)"

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
}

extension UserID {
    /// As SQLite keeps it.
    var row: Int64 { Int64(clamping: number) }
}

extension Entry {
    /// What takes room, is searched and counts for retention; nothing for the others.
    var text: String? {
        switch self {
        case .message(let message): message.text
        case .private(let message): message.text
        case .announcement(let announcement): announcement.text
        default: nil
        }
    }
}
