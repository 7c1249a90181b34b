// The encoding of events. Fields are in the order of PROTOCOL.md.

import Primitives

extension ServerEvent {
    func writeFields(_ json: inout JSONWriter) {
        switch self {
        case .welcome(let welcome): json.write(welcome)
        case .joined(let room, let users, let topic):
            json.field("type", "joined")
            json.field("room", room)
            json.field("users", users)
            json.write(topic)
        case .left(let room):
            json.field("type", "left")
            json.field("room", room)
        case .renamed(let name):
            json.field("type", "renamed")
            json.field("name", name.text)
        case .signedOut(let devices):
            json.field("type", "signed-out")
            json.key("devices")
            json.array { json in
                for device in devices { json.integer(device) }
            }
        case .who(let room, let members, let users): json.write(members, of: users, in: room)
        case .whoUser(let scope, let online, let presence, let seen):
            json.write(scope, isOnline: online, presence, seen: seen)
        case .presence(let name, let user, let presence): json.write(name, user, presence)
        case .rooms(let rooms, let count): json.write(rooms, of: count)
        case .ack(let id, let seq, let isDeleted):
            json.field("type", "ack")
            json.field("id", id.text)
            json.field("seq", seq)
            if isDeleted { json.field("deleted", true) }
        case .history(let scope, let before, let messages, let more, let gap):
            json.field("type", "history")
            json.write(scope, before, messages, more)
            if gap { json.field("gap", true) }
        case .found(let words, let scope, let before, let messages, let more, let next):
            json.field("type", "found")
            json.field("text", words)
            json.write(scope, before, messages, more)
            if let next { json.field("next", next) }
        case .devices(let devices, let hasRecovery): json.write(devices, hasRecovery: hasRecovery)
        case .link(let code, let until):
            json.field("type", "link")
            json.field("code", code.text)
            json.field("until", until)
        case .recovery(let code):
            json.field("type", "recovery")
            json.field("code", code.text)
        case .error(let refusal): json.write(refusal)
        case .private(let seq, let message, let gone): json.write(message, seq, gone: gone)
        case .changed(let seq, let change): json.write(change, seq)
        case .announcement(let seq, let announcement): json.write(announcement, seq)
        case .topic(let seq, let topic): json.write(topic, seq)
        case .read(let seq, let position):
            json.field("type", "read")
            json.field("seq", seq)
            json.write(position)
        case .reads(let positions): json.write(positions)
        case .restart(let again, let ledger, let seq): json.write(restart: again, ledger, seq)
        case .message(let seq, let message): json.write(message, seq)
        case .system(let system, let room, let at): json.write(system, room, at)
        case .signal(let data, let room, let from, let user, let at):
            json.field("type", "signal")
            json.field("room", room)
            json.field("from", from.text)
            json.field("user", user.number)
            json.key("data")
            json.text(data.bytes)
            json.field("at", at)
        case .typing(let room, let from, let user):
            json.field("type", "typing")
            json.field("room", room)
            json.field("from", from.text)
            json.field("user", user.number)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ announcement: Announcement, _ seq: UInt64) {
        field("type", "system")
        field("event", "announcement")
        field("seq", seq)
        field("text", announcement.text)
        field("at", announcement.at)
    }

    fileprivate mutating func write(_ topic: RoomTopic, _ seq: UInt64) {
        field("type", "topic")
        field("seq", seq)
        field("id", topic.id)
        field("room", topic.room)
        field("from", topic.from)
        field("user", topic.user.number)
        field("title", topic.title)
        field("topic", topic.topic)
        field("at", topic.at)
    }

    fileprivate mutating func write(_ positions: [(ServerEvent.HistoryScope, upTo: UInt64)]) {
        field("type", "reads")
        key("positions")
        array { json in
            for position in positions { json.object { $0.write(position) } }
        }
    }

    fileprivate mutating func write(restart again: UInt32, _ ledger: String, _ seq: UInt64) {
        field("type", "system")
        field("event", "restart")
        field("again", UInt64(again))
        field("ledger", ledger)
        field("seq", seq)
    }

    fileprivate mutating func write(_ welcome: ServerEvent.Welcome) {
        let settings = welcome.settings
        field("type", "welcome")
        field("name", welcome.name.text)
        field("user", welcome.user.number)
        if let token = welcome.token { field("token", token.text) }
        if let status = welcome.status { field("status", status) }
        field("ledger", welcome.ledger)
        field("seq", welcome.seq)
        key("rooms")
        array { json in
            for room in settings.rooms { json.string(room) }
        }
        key("limits")
        object { json in
            json.field("text", settings.textBytes)
            json.field("name", ChatLimits.nameCharacters)
            json.field("rooms", ChatLimits.roomsOfSession)
            json.field("rate", settings.rate)
            json.field("burst", settings.burst)
            if settings.editMinutes != ChatLimits.defaultEditMinutes { json.field("edit", settings.editMinutes) }
        }
    }

    fileprivate mutating func write(_ devices: [Chat.ListedDevice], hasRecovery: Bool) {
        field("type", "devices")
        key("devices")
        array { json in
            for listed in devices {
                json.object { json in
                    json.field("device", listed.device.id)
                    json.field("created", listed.device.created)
                    json.field("seen", listed.device.seen)
                    if let label = listed.device.label { json.field("label", label) }
                    json.field("online", listed.online)
                    if listed.isHere { json.field("here", true) }
                }
            }
        }
        field("recovery", hasRecovery)
    }

    fileprivate mutating func write(_ rooms: [(name: String, users: Int, topic: RoomTopic?)], of count: Int) {
        field("type", "rooms")
        key("rooms")
        array { json in
            for room in rooms {
                json.object { json in
                    json.field("room", room.name)
                    json.field("users", room.users)
                    json.write(room.topic)
                }
            }
        }
        field("more", count - rooms.count)
    }

    fileprivate mutating func write(
        _ scope: ServerEvent.HistoryScope, _ before: UInt64?, _ messages: [[UInt8]], _ more: Bool
    ) {
        write(scope)
        if let before { field("before", before) }
        key("messages")
        array { json in
            for message in messages { json.text(message) }
        }
        field("more", more)
    }

    fileprivate mutating func write(_ topic: RoomTopic?) {
        guard let topic else { return }
        if !topic.title.isEmpty { field("title", topic.title) }
        if !topic.topic.isEmpty { field("topic", topic.topic) }
    }

    mutating func write(_ scope: ServerEvent.HistoryScope) {
        switch scope {
        case .room(let room): field("room", room)
        case .with(let name, let user):
            field("with", name)
            if let user { field("user", user.number) }
        case .all: break
        }
    }

    fileprivate mutating func write(_ position: (scope: ServerEvent.HistoryScope, upTo: UInt64)) {
        write(position.scope)
        field("upto", position.upTo)
    }

    fileprivate mutating func write(_ refusal: Refusal) {
        field("type", "error")
        field("code", refusal.code.rawValue)
        switch refusal.context {
        case .nothing: break
        case .message(let id): field("id", id.text)
        case .room(let room): field("room", room.text)
        case .user(let name): field("with", name.text)
        case .userID(let user): field("user", user.number)
        case .invalid(.id, let text): field("id", text)
        case .invalid(.room, let text): field("room", text)
        case .invalid(.with, let text): field("with", text)
        }
        field("message", refusal.message)
        if let proposal = refusal.proposal { field("proposal", proposal) }
        if let retry = refusal.retry { field("retry", retry) }
        if let until = refusal.until { field("until", until) }
        if let command = refusal.command {
            field("command", command.type.rawValue)
            if let text = command.text { field("text", text) }
            if let before = command.before { field("before", before) }
        }
    }

    fileprivate mutating func write(_ system: ServerEvent.System, _ room: String, _ at: Int64) {
        field("type", "system")
        switch system {
        case .joined(let name, let user, let users, let presence):
            write("joined", room, name, user, users)
            write(presence)
        case .left(let name, let user, let users): write("left", room, name, user, users)
        case .renamed(let name, let user, let was):
            field("event", "renamed")
            field("room", room)
            field("name", name.text)
            field("user", user.number)
            field("was", was.text)
        case .count(let users):
            field("event", "count")
            field("room", room)
            field("users", users)
        }
        field("at", at)
    }

    private mutating func write(_ event: String, _ room: String, _ name: UserName, _ user: UserID, _ users: Int) {
        field("event", event)
        field("room", room)
        field("name", name.text)
        field("user", user.number)
        field("users", users)
    }
}
