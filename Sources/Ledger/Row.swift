// Reads a row of `events` as an entry, and gives the values that are stored in one. Only the kinds that users see are read back.

internal import Chat
internal import SQLite

enum Row {
    /// The columns that `committed` reads, which must be a statement's first. The text of an edit is its message's of now.
    static let columns = """
        seq, kind, user, peer, id, room, name, peer_name,
          CASE kind WHEN \(EventKind.edit) THEN
            (SELECT message.text FROM events AS message WHERE message.seq = events.number) ELSE text END,
          at, number, re, edited, note, place
        """

    /// SQL: the row is a private message that is not deleted, or a change of one.
    static let isPrivate = "peer IS NOT NULL AND (text IS NOT NULL OR kind IN \(EventKind.changes))"

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
                    text: row.text(8) ?? "", at: row.integer(9), details: details(row)))
        case EventKind.private:
            entry = .private(
                PrivateMessage(
                    user: user(row, 2), peer: user(row, 3), id: row.text(4) ?? "", from: row.text(6) ?? "",
                    to: row.text(7) ?? "", text: row.text(8) ?? "", at: row.integer(9), details: details(row)))
        case EventKind.announcement:
            entry = .announcement(Announcement(text: row.text(8) ?? "", at: row.integer(9)))
        case EventKind.deletion: entry = .change(change(row, .deletion))
        case EventKind.edit: entry = .change(change(row, .edit(text: row.text(8) ?? "")))
        case EventKind.reaction:
            let note = row.text(13) ?? ""
            entry = .change(change(row, .reaction(String(note.dropFirst()), isOn: note.hasPrefix("+"))))
        case EventKind.topic:
            let lines = (row.text(13) ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            entry = .topic(
                RoomTopic(
                    room: row.text(14) ?? "", title: lines.first ?? "", topic: lines.last ?? "", user: user(row, 2),
                    id: row.text(4) ?? "", from: row.text(6) ?? "", at: row.integer(9)))
        default: return nil
        }
        return Committed(seq: UInt64(clamping: row.integer(0)), entry: entry)
    }

    private static func details(_ row: Statement) -> MessageDetails {
        var details = MessageDetails()
        if row.integer(11) > 0 { details.reply = UInt64(clamping: row.integer(11)) }
        if row.integer(12) > 0 { details.edited = row.integer(12) }
        if let note = row.text(13) {
            details.mentionsAll = note.hasPrefix("@")
            details.isBot = note.hasSuffix("!")
            details.mentions = note.split(separator: ",").compactMap { UInt64($0) }.map { UserID($0) }
        }
        return details
    }

    /// - Returns: the column `note` of a message; nil for one of a person that mentions nobody.
    static func note(of details: MessageDetails) -> String? {
        let parts =
            (details.mentionsAll ? ["@"] : []) + details.mentions.map { String($0.number) }
            + (details.isBot ? ["!"] : [])
        return parts.isEmpty ? nil : parts.joined(separator: ",")
    }

    private static func change(_ row: Statement, _ kind: Change.Kind) -> Change {
        let audience: Audience =
            if let room = row.text(5) ?? row.text(14) {
                .room(room)
            } else {
                .between(user(row, 2), user(row, 3), from: row.text(6) ?? "", to: row.text(7) ?? "")
            }
        let author = row.text(4).map { Change.Author(user: user(row, 2), id: $0, name: row.text(6) ?? "") }
        return Change(
            message: UInt64(clamping: row.integer(10)), kind: kind, author: author, at: row.integer(9),
            audience: audience)
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

    /// Bytes of the text that the entry brings, which is most of what it takes on its way.
    static func bytes(of entry: Entry) -> Int {
        if case .change(let change) = entry, case .edit(let text) = change.kind { return text.utf8.count }
        return text(of: entry)?.utf8.count ?? 0
    }
}
