// The encoding of events. Fields are in the order of PROTOCOL.md.

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
            json.field("type", "who")
            json.write(scope)
            json.field("online", online)
            json.write(presence)
            if let seen { json.field("seen", seen) }
        case .presence(let name, let user, let presence):
            json.field("type", "presence")
            json.field("user", user.number)
            json.field("name", name.text)
            json.field("away", presence.isAway)
            if let status = presence.status { json.field("status", status) }
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

    fileprivate mutating func write(_ members: [ServerEvent.Member], of users: Int, in room: String) {
        field("type", "who")
        field("room", room)
        key("names")
        array { json in
            for member in members { json.string(member.name) }
        }
        key("ids")
        array { json in
            for member in members { json.integer(member.id.number) }
        }
        write(presenceOf: members)
        field("users", users)
        field("more", users - members.count)
    }

    private mutating func write(presenceOf members: [ServerEvent.Member]) {
        let away = members.filter(\.presence.isAway)
        if !away.isEmpty {
            key("away")
            array { json in
                for member in away { json.integer(member.id.number) }
            }
        }
        let bots = members.filter(\.presence.isBot)
        if !bots.isEmpty {
            key("bots")
            array { json in
                for bot in bots { json.integer(bot.id.number) }
            }
        }
        let withStatus = members.filter { $0.presence.status != nil }
        guard !withStatus.isEmpty else { return }
        key("statuses")
        array { json in
            for member in withStatus {
                json.object { json in
                    json.field("user", member.id.number)
                    json.field("status", member.presence.status ?? "")
                }
            }
        }
    }

    fileprivate mutating func write(_ presence: ServerEvent.UserPresence) {
        if presence.isAway { field("away", true) }
        if presence.isBot { field("bot", true) }
        if let status = presence.status { field("status", status) }
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

    fileprivate mutating func write(_ scope: ServerEvent.HistoryScope) {
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

    fileprivate mutating func write(_ message: PrivateMessage, _ seq: UInt64, gone: Bool) {
        field("type", "private")
        field("seq", seq)
        field("id", message.id)
        field("from", message.from)
        field("user", message.user.number)
        field("to", message.to)
        field("peer", message.peer.number)
        field("text", message.text)
        field("at", message.at)
        write(message.details)
        if gone { field("gone", true) }
    }

    fileprivate mutating func write(_ change: Change, _ seq: UInt64) {
        switch change.kind {
        case .edit: field("type", "edited")
        case .deletion: field("type", "deleted")
        case .reaction: field("type", "reaction")
        }
        field("seq", seq)
        if let author = change.author { field("id", author.id) }
        field("message", change.message)
        switch change.audience {
        case .room(let room):
            field("room", room)
            if let author = change.author {
                field("from", author.name)
                field("user", author.user.number)
            }
        case .between(let one, let other, let from, let to):
            field("from", from)
            if change.author != nil { field("user", one.number) }
            field("to", to)
            if change.author != nil { field("peer", other.number) }
        case nil: break
        }
        switch change.kind {
        case .edit(let text):
            field("text", text)
            field("at", change.at)
        case .deletion: break
        case .reaction(let emoji, let isOn):
            field("emoji", emoji)
            field("on", isOn)
        }
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

    fileprivate mutating func write(_ message: Message, _ seq: UInt64) {
        field("type", "message")
        field("seq", seq)
        field("id", message.id)
        field("room", message.room)
        field("from", message.from)
        field("user", message.user.number)
        field("text", message.text)
        field("at", message.at)
        write(message.details)
    }

    private mutating func write(_ details: MessageDetails) {
        if let reply = details.reply { field("re", reply) }
        if !details.mentions.isEmpty {
            key("mentions")
            array { json in
                for user in details.mentions { json.integer(user.number) }
            }
        }
        if details.mentionsAll { field("here", true) }
        if details.isBot { field("bot", true) }
        if let edited = details.edited { field("edited", edited) }
        if !details.reactions.isEmpty { write(details.reactions) }
    }

    fileprivate mutating func write(_ reactions: [Reaction]) {
        key("reactions")
        array { json in
            for reaction in reactions {
                json.object { json in
                    json.field("emoji", reaction.emoji)
                    json.key("users")
                    json.array { json in
                        for user in reaction.users { json.integer(user.number) }
                    }
                }
            }
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

extension [UInt8] {
    /// A message's event with reactions at its end.
    func adding(_ reactions: [Reaction]) -> [UInt8] {
        var writer = JSONWriter(capacity: 64)
        writer.object { $0.write(reactions) }
        return dropLast() + [UInt8(ascii: ",")] + writer.bytes.dropFirst()
    }
}
