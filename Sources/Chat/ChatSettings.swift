// What an administrator can choose about the chat; the fixed limits are in Limits.swift.

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

    package init(
        rooms: [String] = ["lobby"], roomCreation: Bool = true, textBytes: Int = 8192, rate: Int = 10, burst: Int = 50
    ) {
        self.rooms = rooms
        self.roomCreation = roomCreation
        self.textBytes = textBytes
        self.rate = rate
        self.burst = burst
    }
}
