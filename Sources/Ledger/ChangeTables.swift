// Applies changes of messages to the tables, in the transaction of their entry: edits, deletions and reactions.

internal import Chat
internal import SQLite

final class ChangeTables {
    private let index: SearchIndex
    private let message: Statement
    private let reactions: Statement
    private let text: Statement
    private let edit: Statement
    private let empty: Statement
    private let deletePrivate: Statement
    private let addReaction: Statement
    private let removeReaction: Statement
    private let removeReactions: Statement
    private let updateNoticed: Statement

    init(_ database: Database, _ index: SearchIndex) throws(SQLiteError) {
        self.index = index
        message = try database.prepare("SELECT \(Row.columns) FROM events WHERE seq = ?")
        reactions = try database.prepare(ChangeTables.reactionsOfMessage)
        let isMessage = "seq = ? AND kind IN \(EventKind.messages)"
        text = try database.prepare("SELECT text FROM events WHERE \(isMessage)")
        edit = try database.prepare("UPDATE events SET text = ?, edited = ? WHERE \(isMessage)")
        empty = try database.prepare(
            "UPDATE events SET text = NULL, room = NULL, re = NULL, edited = NULL, note = NULL WHERE \(isMessage)")
        deletePrivate = try database.prepare("DELETE FROM privates WHERE user = ? AND seq = ?")
        addReaction = try database.prepare("INSERT INTO reactions (message, emoji, user, seq) VALUES (?, ?, ?, ?)")
        removeReaction = try database.prepare("DELETE FROM reactions WHERE message = ? AND emoji = ? AND user = ?")
        removeReactions = try database.prepare("DELETE FROM reactions WHERE message = ?")
        updateNoticed = try database.prepare("UPDATE meta SET value = ? WHERE key = 'noticed'")
    }

    /// - Returns: the entry of a sequence number, with its reactions; nil where there is none that users see.
    func target(_ seq: UInt64) throws(SQLiteError) -> Committed? {
        defer { message.reset() }
        message.bind(1, Int64(clamping: seq))
        guard try message.step(), var committed = Row.committed(message) else { return nil }
        try ChangeTables.addReactions(to: &committed, by: reactions)
        return committed
    }

    /// Applies a change that is stored with the number `seq`. SQLite overwrites the old text with zeros (`secure_delete`).
    func apply(_ change: Change, _ seq: Int64) throws(SQLiteError) {
        let message = Int64(clamping: change.message)
        switch change.kind {
        case .edit(let new):
            if let old = try oldText(of: message) { try index.replace(old, new, of: message) }
            edit.bind(1, new)
            edit.bind(2, change.at)
            edit.bind(3, message)
            try edit.run()
        case .deletion:
            if let old = try oldText(of: message) { try index.erase(old, of: message) }
            empty.bind(1, message)
            try empty.run()
            removeReactions.bind(1, message)
            try removeReactions.run()
            if case .between(let user, let peer, _, _) = change.audience {
                for one in [user, peer] {
                    deletePrivate.bind(1, Row.number(of: one))
                    deletePrivate.bind(2, message)
                    try deletePrivate.run()
                }
            }
        case .reaction(let emoji, let isOn):
            guard let user = change.author?.user else { return }
            let statement = isOn ? addReaction : removeReaction
            statement.bind(1, message)
            statement.bind(2, emoji)
            statement.bind(3, Row.number(of: user))
            if isOn { statement.bind(4, seq) }
            try statement.run()
        }
        try setNoticed(seq)
    }

    /// Stores the number of the newest change or announcement, which may concern users in every room.
    func setNoticed(_ seq: Int64) throws(SQLiteError) {
        updateNoticed.bind(1, seq)
        try updateNoticed.run()
    }

    private func oldText(of message: Int64) throws(SQLiteError) -> String? {
        defer { text.reset() }
        text.bind(1, message)
        return try text.step() ? text.text(0) : nil
    }

    /// SQL: the reactions to a message, the first ones first.
    static let reactionsOfMessage = "SELECT emoji, user FROM reactions WHERE message = ? ORDER BY seq"

    /// Adds its reactions to a message.
    static func addReactions(to committed: inout Committed, by statement: Statement) throws(SQLiteError) {
        guard committed.entry.isMessage, !committed.entry.isDeleted else { return }
        defer { statement.reset() }
        statement.bind(1, Int64(clamping: committed.seq))
        while try statement.step() {
            committed.entry.details?.reactions.set(statement.text(0) ?? "", of: Row.user(statement, 1), to: true)
        }
    }
}
