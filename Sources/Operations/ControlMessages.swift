// The protocol of the control socket: one line of JSON each way, then both ends close. Both ends are this program; the format is
// not for others and changes with it.

internal import Monitoring

package struct ControlRequest: Codable, Equatable, Sendable {
    package enum Command: String, Codable, CaseIterable, Sendable {
        case status, users, rooms, bans, kick, ban, unban, mute, unmute, announce, delete, export, backup, reload
        case bots, post, tail
        case addBot = "bot-add"
        case removeBot = "bot-remove"
    }

    package enum Target: String, Codable, CaseIterable, Sendable { case name, user, address }

    package var command: Command
    /// Who gives the command, for the journal.
    package var by: String
    /// The name of a user or a room, the subject of a ban, a file, or the text of an announcement.
    package var subject: String?
    package var target: Target?
    package var seq: UInt64?
    package var seconds: Int64?
    package var reason: String?
    /// The text of a message, its id, and the name of the bot that posts it.
    package var text: String?
    package var id: String?
    package var name: String?
    /// The only rooms of a new bot.
    package var rooms: [String]?
    /// The process that is meant, where the service manager gives the command for its unit.
    package var process: Int32?

    package init(
        _ command: Command, by: String, subject: String? = nil, target: Target? = nil, seq: UInt64? = nil,
        seconds: Int64? = nil, reason: String? = nil, rooms: [String]? = nil, process: Int32? = nil
    ) {
        self.command = command
        self.by = by
        self.subject = subject
        self.target = target
        self.seq = seq
        self.seconds = seconds
        self.reason = reason
        self.rooms = rooms
        self.process = process
    }
}

package struct ControlAnswer: Codable, Equatable, Sendable {
    package var isDone: Bool
    /// What was done, or why it was not.
    package var sentence: String
    package var status: ServiceStatus?
    package var users: [UserLine]?
    package var rooms: [RoomLine]?
    package var bans: [BanLine]?
    package var bots: [BotLine]?
    /// That of a new bot.
    package var token: String?
    /// An event of chatrelay.v1.
    package var event: String?
    /// Whether the request may be repeated with the same id.
    package var mayRepeat: Bool?

    package static func done(_ sentence: String = "") -> ControlAnswer {
        ControlAnswer(isDone: true, sentence: sentence)
    }

    package static func refused(_ sentence: String) -> ControlAnswer {
        ControlAnswer(isDone: false, sentence: sentence)
    }
}

/// The state of the service, for `chatrelay status`.
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
    /// The newest sequence number.
    package var seq: UInt64
    /// The file; nil: it is in memory.
    package var ledger: String?
    /// What is wrong, as a sentence.
    package var problem: String?

    private enum CodingKeys: String, CodingKey {
        case version, process, upSeconds, connections, maxConnections, users, rooms, messages, deliveries, seq, ledger
        // The key that scripts know.
        case problem = "trouble"
    }
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
    /// The sequence number of its newest message, where it is in memory.
    package var newest: UInt64?
}

package struct BanLine: Codable, Equatable, Sendable {
    /// "ban name", "ban user", "ban address", "mute".
    package var kind: String
    package var subject: String
    /// RFC 3339; nil: for ever.
    package var until: String?
    package var reason: String?
}

package struct BotLine: Codable, Equatable, Sendable {
    package var name: String
    package var user: UInt64
    /// The only rooms that it may use; empty: all.
    package var rooms: [String]
    /// RFC 3339.
    package var created: String
    package var seen: String
}

extension ServiceStatus {
    /// As `chatrelay status` prints it.
    package var text: String {
        let (days, hours, minutes) = (upSeconds / 86_400, upSeconds / 3_600 % 24, upSeconds / 60 % 60)
        let up = (days > 0 ? "\(days) d " : "") + (upSeconds >= 3_600 ? "\(hours) h " : "") + "\(minutes) min"
        return """
            Chatrelay \(version), process \(process), up \(up)
              connections  \(connections) of \(maxConnections)
              users        \(users), in \(counted(rooms, "room"))
              messages     \(messages) since the start, \(deliveries) deliveries; the newest is number \(seq)
              ledger       \(ledger ?? "in memory")
              health       \(problem ?? "good")
            """
    }
}
