// chatrelay kick, ban, mute, announce, delete: moderation of users and messages.

import ArgumentParser
import Operations

extension ControlRequest.Target: ExpressibleByArgument {}

struct Kick: Asking {
    static let configuration = CommandConfiguration(abstract: "Close all connections of a user, who may reconnect.")
    @Argument(help: "The user's name.") var name: String
    @Option(help: "The reason that the user is told.") var reason: String?
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.kick, name, reason: reason)) }
}

struct Ban: Asking {
    static let configuration = CommandConfiguration(
        abstract: "Refuse a name, a user or an address.",
        discussion: """
            name: this name, and names that look the same. user: the user that has this name now, also under another \
            name. address: all clients of an IP address, or of a network such as 192.0.2.0/24.
            """)
    @Argument(help: "name, user or address.") var what: ControlRequest.Target
    @Argument(help: "The name or address.") var subject: String
    @Option(name: .customLong("for"), help: ArgumentHelp("The duration. (default: for ever)", valueName: "15m|2h|7d"))
    var duration: TimeSpan?
    @Option(help: "The reason that the user is told.") var reason: String?
    @OptionGroup var control: ControlOptions

    func run() throws {
        say(try ask(.ban, subject, target: what, seconds: duration?.seconds, reason: reason))
    }
}

struct Unban: Asking {
    static let configuration = CommandConfiguration(abstract: "Remove a ban.")
    @Argument(help: "name, user or address.") var what: ControlRequest.Target
    @Argument(help: "The name or address, as “chatrelay bans” shows it.") var subject: String
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.unban, subject, target: what)) }
}

struct Mute: Asking {
    static let configuration = CommandConfiguration(abstract: "Let a user receive messages, but not send any.")
    @Argument(help: "The user's name.") var name: String
    @Option(name: .customLong("for"), help: ArgumentHelp("The duration. (default: for ever)", valueName: "15m|2h|7d"))
    var duration: TimeSpan?
    @Option(help: "The reason that the user is told.") var reason: String?
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.mute, name, seconds: duration?.seconds, reason: reason)) }
}

struct Unmute: Asking {
    static let configuration = CommandConfiguration(abstract: "Remove a mute.")
    @Argument(help: "The user's name.") var name: String
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.unmute, name)) }
}

struct Announce: Asking {
    static let configuration = CommandConfiguration(abstract: "Send a system message to all users.")
    @Argument(help: "The text.") var text: String
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.announce, text)) }
}

struct Delete: Asking {
    static let configuration = CommandConfiguration(abstract: "Delete a message for all users.")
    @Argument(help: "The sequence number (seq) of the message.") var seq: UInt64
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.delete, seq: seq)) }
}
