// What an administrator can choose about the chat; the fixed limits are in Limits.swift.

/// What makes a name one's own.
package enum Identity: String, CaseIterable, Sendable {
    /// A secret that the server gives to whoever takes the name first.
    case token
    /// The word of the proxy in front.
    case proxy
}

package struct ChatSettings: Equatable, Sendable {
    /// The rooms that always exist, the default room first.
    package var rooms: [String]
    /// Whether people may make further rooms.
    package var roomCreation: Bool
    /// The longest text of a message, in bytes of UTF-8.
    package var textBytes: Int
    /// Commands a second that a session may send in the long run.
    package var rate: Int
    /// Commands that a session may send at once.
    package var burst: Int
    /// Sessions that a user may have at once; 0: no limit.
    package var userConnections: Int
    package var identity: Identity
    /// Days for which a name stays reserved while its user is away.
    package var nameDays: Int
    /// Seconds in which somebody whose connection broke may come back without anybody noticing.
    package var graceSeconds: Int

    package init(
        rooms: [String] = ["lobby"], roomCreation: Bool = true, textBytes: Int = 8192, rate: Int = 10, burst: Int = 50,
        userConnections: Int = 100, identity: Identity = .token, nameDays: Int = 30, graceSeconds: Int = 10
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
    }

    /// Settings outside the limits are a bug of whoever read them.
    func check() {
        precondition(ChatLimits.configuredRooms.contains(rooms.count), "number of rooms")
        precondition(rooms.allSatisfy { RoomName($0) != nil } && Set(rooms).count == rooms.count, "room names")
        precondition(ChatLimits.textBytes.contains(textBytes), "text bytes")
        precondition(ChatLimits.rate.contains(rate) && ChatLimits.burst.contains(burst), "rate")
        precondition(ChatLimits.userConnections.contains(userConnections), "user connections")
        precondition(ChatLimits.nameDays.contains(nameDays), "name days")
        precondition(ChatLimits.graceSeconds.contains(graceSeconds), "grace")
    }
}
