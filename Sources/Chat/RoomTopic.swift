// The title and the topic of a room.

/// A user has set them.
package struct RoomTopic: Equatable, Sendable {
    package var room: String
    /// The room's name for people, in any script. Empty: none.
    package var title: String
    /// What the room is about. Empty: none.
    package var topic: String
    package var user: UserID
    /// As `Message.id`.
    package var id: String
    /// The user's name when it set them.
    package var from: String
    /// As `Message.at`.
    package var at: Int64

    package init(room: String, title: String, topic: String, user: UserID, id: String, from: String, at: Int64) {
        self.room = room
        self.title = title
        self.topic = topic
        self.user = user
        self.id = id
        self.from = from
        self.at = at
    }
}

extension RoomTopic {
    /// - Returns: a line of text without white space around it; nil where it is too long, or has characters that show nothing.
    static func line(_ text: String, atMost characters: Int) -> String? {
        let line = trimmed(text)
        guard line.utf8.count <= 4 * characters, line.count <= characters else { return nil }
        return line.isEmpty || isVisible(line.unicodeScalars) ? line : nil
    }
}

extension Chat {
    /// The command `topic`: what it does not name stays as it is.
    func setTopic(
        _ id: MessageID, _ room: RoomName, title: String?, topic: String?, _ session: SessionID, by user: UInt32,
        at now: Moment, into actions: inout [Action]
    ) throws(Refusal) {
        _ = try membership(of: session, in: room, about: .message(id))
        guard settings.roomTopics else {
            throw Refusal(.topicFixed, "Titles and topics of rooms can't be changed here.", about: .message(id))
        }
        let known = rooms.topics[room.text]
        guard known != nil || rooms.topics.count < ChatLimits.rooms else {
            throw Refusal(.tooManyRooms, "No more rooms can have a title or a topic.", about: .message(id))
        }
        let new = RoomTopic(
            room: room.text, title: title ?? known?.title ?? "", topic: topic ?? known?.topic ?? "",
            user: users[user].id,
            id: id.text, from: users[user].name.text, at: now.wall)
        actions.append(.append(.topic(new), from: session))
    }

    /// The ledger has stored a room's topic.
    mutating func applyTopic(
        _ topic: RoomTopic, _ committed: Committed, from origin: SessionID?, into actions: inout [Action]
    ) {
        keep(topic)
        log.newestNotice = log.seq
        let json = addToHistory(committed)
        publish(json, of: committed, to: topic.room, from: origin, into: &actions)
    }

    mutating func keep(_ topic: RoomTopic) {
        rooms.topics[topic.room] = topic.title.isEmpty && topic.topic.isEmpty ? nil : topic
    }
}
