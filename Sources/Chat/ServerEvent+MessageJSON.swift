// The encoding of messages, and of what changes them. Fields are in the order of PROTOCOL.md.

extension JSONWriter {
    mutating func write(_ message: PrivateMessage, _ seq: UInt64, gone: Bool) {
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

    mutating func write(_ change: Change, _ seq: UInt64) {
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

    mutating func write(_ message: Message, _ seq: UInt64) {
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

    mutating func write(_ reactions: [Reaction]) {
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
}

extension [UInt8] {
    /// A message's event with reactions at its end.
    func adding(_ reactions: [Reaction]) -> [UInt8] {
        var writer = JSONWriter(capacity: 64)
        writer.object { $0.write(reactions) }
        return dropLast() + [UInt8(ascii: ",")] + writer.bytes.dropFirst()
    }
}
