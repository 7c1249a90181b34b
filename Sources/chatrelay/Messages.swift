// chatrelay post, tail: messages from the command line.

import ArgumentParser
import Operations

struct Post: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Post a message into a room.",
        discussion: """
            Without a text, standard input is posted: lines that come together are one message. So “journalctl -f | chatrelay \
            post ops” shows the journal in a room.
            """)
    @Argument(help: "The room's name.") var room: String
    @Argument(help: "The text. (default: standard input)") var text: String?
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "The bot that posts; it is made where there is none.", valueName: "name"))
    var name = ControlClient.defaultPoster
    @OptionGroup var control: ControlOptions

    func run() throws {
        do throws(ControlError) {
            if let text {
                try ControlClient.post(text, to: room, as: name, at: control.socket)
            } else {
                try ControlClient.postInput(to: room, as: name, at: control.socket)
            }
        } catch {
            throw fail(error)
        }
    }
}

struct Tail: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a room's newest messages, and those that come.",
        discussion: "It goes on over restarts of the daemon, until Ctrl-C ends it.")
    @Argument(help: "The room's name.") var room: String
    @Flag(help: "Print the events as JSON, one a line.") var json = false
    @OptionGroup var control: ControlOptions

    func run() throws {
        do throws(ControlError) {
            try ControlClient.tail(room, isJSON: json, at: control.socket)
        } catch {
            throw fail(error)
        }
    }
}
