// The encoding of who is in a room, and of how users are.

extension JSONWriter {
    mutating func write(_ members: [ServerEvent.Member], of users: Int, in room: String) {
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

    mutating func write(_ presence: ServerEvent.UserPresence) {
        if presence.isAway { field("away", true) }
        if presence.isBot { field("bot", true) }
        if let status = presence.status { field("status", status) }
    }

    mutating func write(
        _ scope: ServerEvent.HistoryScope, isOnline: Bool, _ presence: ServerEvent.UserPresence, seen: Int64?
    ) {
        field("type", "who")
        write(scope)
        field("online", isOnline)
        write(presence)
        if let seen { field("seen", seen) }
    }

    mutating func write(_ name: UserName, _ user: UserID, _ presence: ServerEvent.UserPresence) {
        field("type", "presence")
        field("user", user.number)
        field("name", name.text)
        field("away", presence.isAway)
        if let status = presence.status { field("status", status) }
    }
}
