// The titles and topics of rooms, in the transaction of their entry.

internal import Chat
internal import SQLite

final class TopicsTable {
    private let put: Statement
    private let remove: Statement

    init(_ database: Database) throws(SQLiteError) {
        put = try database.prepare(
            "INSERT OR REPLACE INTO topics (room, title, topic, user, id, name, at) VALUES (?, ?, ?, ?, ?, ?, ?)")
        remove = try database.prepare("DELETE FROM topics WHERE room = ?")
    }

    func store(_ topic: RoomTopic) throws(SQLiteError) {
        guard !topic.title.isEmpty || !topic.topic.isEmpty else {
            remove.bind(1, topic.room)
            return try remove.run()
        }
        put.bind(1, topic.room)
        put.bind(2, topic.title)
        put.bind(3, topic.topic)
        put.bind(4, Row.number(of: topic.user))
        put.bind(5, topic.id)
        put.bind(6, topic.from)
        put.bind(7, topic.at)
        try put.run()
    }

    static func all(_ database: Database) throws(SQLiteError) -> [RoomTopic] {
        let rows = try database.prepare("SELECT room, title, topic, user, id, name, at FROM topics ORDER BY room")
        var topics: [RoomTopic] = []
        while try rows.step() {
            topics.append(
                RoomTopic(
                    room: rows.text(0) ?? "", title: rows.text(1) ?? "", topic: rows.text(2) ?? "",
                    user: Row.user(rows, 3), id: rows.text(4) ?? "", from: rows.text(5) ?? "", at: rows.integer(6)))
        }
        return topics
    }

    /// - Returns: the column `note` of the row of `events`.
    static func note(_ topic: RoomTopic) -> String { "\(topic.title)\n\(topic.topic)" }
}
