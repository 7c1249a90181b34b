// Administrators' commands about bots, and what a bot may not do that other users may.

/// A bot for administrators.
package struct BotSummary: Equatable, Sendable {
    package var name: String
    package var user: UserID
    /// The only rooms that it may use; empty: all.
    package var rooms: [String]
    /// In milliseconds since 1970.
    package var created: Int64
    /// When it was last connected, or sent a request, to a day; as `created`.
    package var seen: Int64
}

extension Chat {
    /// The bots, sorted by name.
    package var botList: [BotSummary] {
        users.bots.filter { !users[$0.key].isBeingReleased }.map { index, grant in
            let user = users[index]
            return BotSummary(
                name: user.name.text, user: user.id, rooms: grant.rooms, created: Int64(user.created) * 1_000,
                seen: user.seen)
        }.sorted { $0.name < $1.name }
    }

    /// Makes a user with a token. It is a bot from its first entry on, so that no crash leaves a user without limits.
    mutating func addBot(
        _ text: String, rooms: [String], _ number: UInt64, at now: Moment, into actions: inout [Action]
    ) throws(AdminError) {
        guard let name = try? UserName(text) else { throw AdminError("\(text) is not a valid name.") }
        if let room = rooms.first(where: { RoomName($0) == nil }) {
            throw AdminError(
                "“\(room)” is no room name: 1 to \(ChatLimits.roomNameBytes) characters of a-z, 0-9 and -, and a letter or digit first."
            )
        }
        guard Set(rooms).count == rooms.count else { throw AdminError("A room is named twice.") }
        guard rooms.count <= ChatLimits.roomsOfSession else {
            throw AdminError("A bot is limited to at most \(ChatLimits.roomsOfSession) rooms. Name none to allow all.")
        }
        guard names.isFree(name) else { throw AdminError("The name \(name.text) is taken.") }
        guard users.count < users.limit else { throw AdminError("All \(users.limit) names are taken.") }
        let token = Token(from: &random)
        names.hold(name)
        names.claims.add(PendingClaim(name: name, token: token, isBot: true, sessions: []))
        let grant = BotGrant(rooms: rooms)
        let place = rooms.isEmpty ? "all rooms" : rooms.joined(separator: ", ")
        append(
            .claim(Claim(name: name.text, token: token.hash, at: now.wall, bot: grant)), number,
            "\(name.text) is a bot now, for \(place).", token: token.text, into: &actions)
    }

    /// The bot's name is free again, and its token void.
    mutating func removeBot(
        _ name: String, _ number: UInt64, into actions: inout [Action]
    ) throws(AdminError) {
        let user = try user(named: name)
        guard users.bot(user) != nil, !users[user].isBeingReleased else {
            throw AdminError("\(users[user].name.text) is not a bot.")
        }
        // From here on its token does nothing.
        users[user].isBeingReleased = true
        append(
            .release(users[user].id), number, "\(users[user].name.text) is removed, and its token is void.",
            into: &actions)
    }

    /// Commands about devices are for people.
    func requireDevices(of user: UInt32) throws(Refusal) {
        guard settings.identity == .token, users.subject(of: user) == nil else { throw .noTokens }
        guard users.bot(user) == nil else {
            throw Refusal(.noTokens, "A bot has one token, which only an administrator can replace.")
        }
    }

    /// A bot that is limited to rooms is limited to them.
    func requirePrivates(of user: UInt32, about context: Refusal.Context) throws(Refusal) {
        guard users.bot(user)?.rooms.isEmpty ?? true else {
            throw Refusal(.noSuchUser, "This bot may only send to its rooms.", about: context)
        }
    }

    func requireAccess(of user: UInt32, to room: RoomName) throws(Refusal) {
        guard users.bot(user)?.allows(room.text) ?? true else {
            throw Refusal(.noSuchRoom, "This bot may not use the room \(room.text).", about: .room(room))
        }
    }
}
