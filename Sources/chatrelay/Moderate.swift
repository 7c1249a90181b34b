// chatrelay kick, ban, mute, announce, delete: what an administrator does about people and messages.

import ArgumentParser
import Operations

extension ControlRequest.Target: ExpressibleByArgument {}

struct Kick: Asking {
    static let configuration = CommandConfiguration(abstract: "End all sessions of a user. It may come back.")
    @Argument(help: "The user's name.") var name: String
    @Option(help: "Told to the user.") var reason: String?
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.kick, name, reason: reason)) }
}

struct Ban: Asking {
    static let configuration = CommandConfiguration(
        abstract: "Let somebody in no more.",
        discussion: """
            name: whoever wants this name, or one that looks like it. user: the user that has this name now, whatever it \
            calls itself later. address: all clients of an IP address, or of a network such as 192.0.2.0/24.
            """)
    @Argument(help: "name, user or address.") var what: ControlRequest.Target
    @Argument(help: "The name or address.") var subject: String
    @Option(name: .customLong("for"), help: ArgumentHelp("For ever, if it is not given.", valueName: "15m|2h|7d"))
    var duration: TimeSpan?
    @Option(help: "Told to the user.") var reason: String?
    @OptionGroup var control: ControlOptions

    func run() throws {
        say(try ask(.ban, subject, target: what, seconds: duration?.seconds, reason: reason))
    }
}

struct Unban: Asking {
    static let configuration = CommandConfiguration(abstract: "Let somebody in again.")
    @Argument(help: "name, user or address.") var what: ControlRequest.Target
    @Argument(help: "The name or address, as “chatrelay bans” shows it.") var subject: String
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.unban, subject, target: what)) }
}

struct Mute: Asking {
    static let configuration = CommandConfiguration(abstract: "Let a user hear all and say nothing.")
    @Argument(help: "The user's name.") var name: String
    @Option(name: .customLong("for"), help: ArgumentHelp("For ever, if it is not given.", valueName: "15m|2h|7d"))
    var duration: TimeSpan?
    @Option(help: "Told to the user.") var reason: String?
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.mute, name, seconds: duration?.seconds, reason: reason)) }
}

struct Unmute: Asking {
    static let configuration = CommandConfiguration(abstract: "Let a user speak again.")
    @Argument(help: "The user's name.") var name: String
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.unmute, name)) }
}

struct Announce: Asking {
    static let configuration = CommandConfiguration(abstract: "Tell everybody something.")
    @Argument(help: "The text.") var text: String
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.announce, text)) }
}

struct Delete: Asking {
    static let configuration = CommandConfiguration(abstract: "Withdraw a message for everybody.")
    @Argument(help: "The message's number (seq).") var seq: UInt64
    @OptionGroup var control: ControlOptions

    func run() throws { say(try ask(.delete, seq: seq)) }
}
