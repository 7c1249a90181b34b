// chatrelay bot: programs in the chat.

import ArgumentParser
import Operations

struct Bot: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and remove bots: programs that post and read.",
        subcommands: [Add.self, List.self, Remove.self])

    struct Add: Asking {
        static let configuration = CommandConfiguration(
            abstract: "Make a bot, and print its token.",
            discussion: """
                The token is the last line, alone. It is shown only this once: the daemon keeps its hash. To replace a token, \
                remove the bot and make it again.
                """)
        @Argument(help: "The bot's name, which users see.") var name: String
        @Option(
            name: .customLong("room"),
            help: ArgumentHelp("Limit the bot to this room; may be repeated. (default: all rooms)", valueName: "room"))
        var rooms: [String] = []
        @OptionGroup var control: ControlOptions

        func run() throws {
            let answer = try ask(.addBot, name, rooms: rooms)
            say(answer)
            print(answer.token ?? "")
        }
    }

    struct List: Asking {
        static let configuration = CommandConfiguration(abstract: "List the bots.")
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var control: ControlOptions

        func run() throws {
            let bots = try ask(.bots).bots ?? []
            guard !json else { return print(ControlClient.json(bots)) }
            let lines = bots.map { bot in
                [bot.name, bot.rooms.isEmpty ? "all" : bot.rooms.joined(separator: " "), bot.created, bot.seen]
            }
            print(table([["NAME", "ROOMS", "CREATED", "SEEN"]] + lines))
        }
    }

    struct Remove: Asking {
        static let configuration = CommandConfiguration(
            abstract: "Remove a bot: its token is void at once, and its connections are closed.")
        @Argument(help: "The bot's name.") var name: String
        @OptionGroup var control: ControlOptions

        func run() throws { say(try ask(.removeBot, name)) }
    }
}
