// The command: nothing but its words. What they mean is in Relay.

import ArgumentParser
import Relay

@main
struct Chatrelay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chatrelay",
        abstract: "A chat relay daemon behind nginx.",
        version: Version.current,
        subcommands: [Serve.self])
}
