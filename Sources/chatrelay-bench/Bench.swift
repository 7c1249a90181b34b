// The load generator: many clients on one socket, messages from a fixed schedule, figures as lines or as JSON.

import ArgumentParser
import Linux

@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chatrelay-bench",
        abstract: "Measure a chatrelay server, or another that does the same.",
        discussion: """
            Start the server with --rate 0. The status is 1 where a message was lost, doubled or out of order. `generator busy` \
            near 1 says that this program was measured, and not the server.
            """,
        subcommands: [LoadCommand.self, Highest.self, Pair.self, Members.self, Storm.self],
        defaultSubcommand: LoadCommand.self)
}

/// The generator can't go on.
struct BenchError: Error, CustomStringConvertible {
    let description: String
}

/// Who is there, and what they say: the options that the subcommands for load have in common.
struct LoadOptions: ParsableArguments {
    @Option(help: "Clients; all receive everything that is said in their rooms.") var subscribers = 1_000
    @Option(help: "How many of them send, in turn.") var publishers = 10
    @Option(help: "Rooms, over which the clients are spread evenly; messages go to one after the other.") var rooms = 1
    @Option(help: "Rooms of each client.") var roomsEach = 1
    @Option(help: "Bytes of a message's text.") var textBytes = 100
    @Option(help: "Seconds to wait for what is still under way at the end.") var patience = 20.0

    func validate() throws {
        guard subscribers > 0, publishers > 0, publishers <= subscribers, textBytes > 0, rooms > 0, patience > 0,
            (1...rooms).contains(roomsEach), rooms <= subscribers
        else {
            throw ValidationError(
                "All numbers must be above 0, --publishers and --rooms at most --subscribers, --rooms-each at most --rooms."
            )
        }
    }

    func load(_ target: Target, firstName: Int = 0) throws -> Load {
        Load(
            poller: try ConnectionPoller(batch: Load.readyBatch), target: target,
            seating: Seating(rooms: rooms, each: roomsEach),
            publishers: publishers, text: String(repeating: "x", count: textBytes), firstName: firstName,
            patience: Int64(patience * 1e9))
    }
}

struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Send messages for some seconds.",
        discussion: """
            Messages are sent at the times of a schedule, whether or not the server keeps up; latency counts from the \
            scheduled time to the receipt by each subscriber. With --closed the next message is sent when everyone has the \
            last one.
            """)

    @OptionGroup var target: Target
    @OptionGroup var options: LoadOptions
    @Option(help: "Messages a second, of all publishers together.") var rate = 100.0
    @Option(help: "Seconds to measure.") var seconds = 10.0
    @Option(help: "Seconds of the same load before that.") var warmup = 1.0
    @Flag(help: "One message at a time, as fast as they arrive.") var closed = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard rate > 0, seconds > 0, warmup >= 0 else { throw ValidationError("All numbers must be above 0.") }
    }

    func run() throws {
        var meter = try Meter(target)
        var load = try options.load(target)
        let connectionsPerSecond = try load.connect(options.subscribers)
        meter.noteIdle(connections: options.subscribers, perSecond: connectionsPerSecond)
        let awaitDrain = closed ? nil : rate
        _ = load.drive(rate: awaitDrain, seconds: warmup)
        let report = meter.measure { load.drive(rate: awaitDrain, seconds: seconds) }
        print(json ? Report.json(report.figures) : Report.text(report.figures))
        if let error = report.run.firstError { Process.writeErrorLine("The server said: \(error)") }
        if !report.run.isWhole { throw ExitCode(1) }
    }
}
