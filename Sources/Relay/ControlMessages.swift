// What is said over the control socket: one line of JSON each way, then both hang up. Both ends are this program; the format
// is not for others and changes with it.

package struct ControlRequest: Codable, Equatable, Sendable {
    package enum Command: String, Codable, CaseIterable, Sendable {
        case status, users, rooms, bans, kick, ban, unban, mute, unmute, announce, delete, export, backup, reload
    }

    package enum Target: String, Codable, CaseIterable, Sendable { case name, user, address }

    package var command: Command
    /// Who asks, for the journal.
    package var by: String
    /// Of a user or a room, a ban's subject, a file, or the text of an announcement.
    package var subject: String?
    package var target: Target?
    package var seq: UInt64?
    package var seconds: Int64?
    package var reason: String?

    package init(
        _ command: Command, by: String, subject: String? = nil, target: Target? = nil, seq: UInt64? = nil,
        seconds: Int64? = nil, reason: String? = nil
    ) {
        self.command = command
        self.by = by
        self.subject = subject
        self.target = target
        self.seq = seq
        self.seconds = seconds
        self.reason = reason
    }
}

package struct ControlAnswer: Codable, Equatable, Sendable {
    package var isDone: Bool
    /// What was done, or why not.
    package var sentence: String
    package var status: ServiceStatus?
    package var users: [UserLine]?
    package var rooms: [RoomLine]?
    package var bans: [BanLine]?

    package static func done(_ sentence: String = "") -> ControlAnswer {
        ControlAnswer(isDone: true, sentence: sentence)
    }

    package static func refused(_ sentence: String) -> ControlAnswer {
        ControlAnswer(isDone: false, sentence: sentence)
    }
}

/// How the service is, for `chatrelay status`.
package struct ServiceStatus: Codable, Equatable, Sendable {
    package var version: String
    package var process: Int32
    package var upSeconds: Int64
    package var connections: Int
    package var maxConnections: Int
    package var users: Int
    package var rooms: Int
    /// Since the start.
    package var messages: UInt64
    package var deliveries: UInt64
    /// The newest number.
    package var seq: UInt64
    /// The file; nothing: it is in memory.
    package var ledger: String?
    /// What is wrong, as a sentence.
    package var trouble: String?
}

package struct UserLine: Codable, Equatable, Sendable {
    package var name: String
    package var sessions: Int
    package var rooms: [String]
    package var addresses: [String]
    package var isMuted: Bool
}

package struct RoomLine: Codable, Equatable, Sendable {
    package var name: String
    package var users: Int
    /// Whether it exists also while it is empty.
    package var isConfigured: Bool
    /// The number of its newest message, where memory knows it.
    package var newest: UInt64?
}

package struct BanLine: Codable, Equatable, Sendable {
    /// "ban name", "ban user", "ban address", "mute".
    package var kind: String
    package var subject: String
    /// RFC 3339; nothing: for ever.
    package var until: String?
    package var reason: String?
}
