// What an administrator can choose about the chat. The fixed limits, and the ranges of these, are in Limits.swift.

package import SignedTokens

/// Where a user's identity comes from. The raw values are those of the setting `identity`.
package enum IdentitySource: String, CaseIterable, Sendable {
    /// A secret that the server gives to the first user of a name.
    case token
    /// The proxy in front authenticates users.
    case proxy
    /// A token that the site has signed.
    case signed
}

package struct ChatSettings: Equatable, Sendable {
    /// The rooms that always exist, the default room first.
    package var rooms: [String]
    /// Whether users may make further rooms.
    package var roomCreation: Bool
    /// The longest text of a message, in bytes of UTF-8.
    package var textBytes: Int
    /// Commands a second that a session may send in the long run; 0 is no limit.
    package var rate: Int
    /// Commands that a session may send at once.
    package var burst: Int
    /// Sessions that a user may have at once; 0 is no limit.
    package var userConnections: Int
    package var identity: IdentitySource
    /// Days for which a name stays reserved while its user is away.
    package var nameDays: Int
    /// The grace period in seconds: for how long a user whose connection broke stays in its rooms.
    package var graceSeconds: Int
    /// Minutes for which users can edit and delete their own messages; 0: never.
    package var editMinutes: Int
    /// Whether `@here` in a message addresses everybody who is in the room.
    package var hereMentions: Bool
    /// Whether users can give a title and a topic to the rooms that they are in.
    package var roomTopics: Bool
    /// Whether users learn when those who have written to them were last connected.
    package var lastSeen: Bool
    /// What signed tokens are checked with; nil: none are accepted.
    package var tokenKey: TokenKey?

    package init(
        rooms: [String] = ["lobby"], roomCreation: Bool = true, textBytes: Int = 8192, rate: Int = 10, burst: Int = 50,
        userConnections: Int = 100, identity: IdentitySource = .token, nameDays: Int = 30, graceSeconds: Int = 10,
        editMinutes: Int = ChatLimits.defaultEditMinutes, hereMentions: Bool = true,
        roomTopics: Bool = true, lastSeen: Bool = true, tokenKey: TokenKey? = nil
    ) {
        self.rooms = rooms
        self.roomCreation = roomCreation
        self.textBytes = textBytes
        self.rate = rate
        self.burst = burst
        self.userConnections = userConnections
        self.identity = identity
        self.nameDays = nameDays
        self.graceSeconds = graceSeconds
        self.editMinutes = editMinutes
        self.hereMentions = hereMentions
        self.roomTopics = roomTopics
        self.lastSeen = lastSeen
        self.tokenKey = tokenKey
    }

    /// Settings outside the limits are a bug of the caller.
    func check() {
        precondition(ChatLimits.configuredRooms.contains(rooms.count), "number of rooms")
        precondition(rooms.allSatisfy { RoomName($0) != nil } && Set(rooms).count == rooms.count, "room names")
        precondition(ChatLimits.textBytes.contains(textBytes), "text bytes")
        precondition(ChatLimits.rate.contains(rate) && ChatLimits.burst.contains(burst), "rate")
        precondition(ChatLimits.userConnections.contains(userConnections), "user connections")
        precondition(ChatLimits.nameDays.contains(nameDays), "name days")
        precondition(ChatLimits.graceSeconds.contains(graceSeconds), "grace")
        precondition(ChatLimits.editMinutes.contains(editMinutes), "edit minutes")
    }
}
