// The load generator: many clients of one server, messages on a fixed schedule, figures as lines or as JSON.

import ArgumentParser
import Linux

@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chatrelay-bench",
        abstract: "Measure a chatrelay server, or another that does the same.",
        discussion: """
            Start the server with --rate 0. The status is 1 where a message was lost, doubled or out of order. Where \
            `generator busy` is near 1, this program limits the figures, and not the server.
            """,
        subcommands: [LoadCommand.self, HighestCommand.self, PairCommand.self, MembersCommand.self, StormCommand.self],
        defaultSubcommand: LoadCommand.self)
}

/// A failure that ends the program, as one sentence.
struct BenchError: Error, CustomStringConvertible {
    let description: String
}

/// The options that the load subcommands share: clients, rooms and messages.
struct LoadOptions: ParsableArguments {
    @Option(help: "Clients. Each receives all messages to its rooms.") var subscribers = 1_000
    @Option(help: "Clients that send, in turn.") var publishers = 10
    @Option(help: "Rooms. Clients are spread evenly over them; messages go to each in turn.") var rooms = 1
    @Option(help: "Rooms of each client.") var roomsEach = 1
    @Option(help: "Bytes of a message's text.") var textBytes = 100
    @Option(help: "Seconds to wait for the last deliveries at the end.") var patience = 20.0

    func validate() throws {
        guard subscribers > 0, publishers > 0, publishers <= subscribers, textBytes > 0, rooms > 0, patience > 0,
            (1...rooms).contains(roomsEach), rooms <= subscribers
        else {
            throw ValidationError(
                "All numbers must be above 0, --publishers and --rooms at most --subscribers, --rooms-each at most --rooms."
            )
        }
    }

    func load(_ target: TargetOptions, firstName: Int = 0) throws -> Load {
        Load(
            poller: try ConnectionPoller(batch: Load.readyBatch), target: target,
            assignment: RoomAssignment(rooms: rooms, each: roomsEach),
            publishers: publishers, text: String(repeating: "x", count: textBytes), firstName: firstName,
            patience: Int64(patience * 1e9))
    }
}

struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Send messages for some seconds.",
        discussion: """
            Messages are sent at the times of a schedule, whether or not the server keeps up. A latency is the time from \
            the schedule to the receipt by a subscriber. With --closed a message is sent when all subscribers have received \
            the one before.
            """)

    @OptionGroup var target: TargetOptions
    @OptionGroup var options: LoadOptions
    @Option(help: "Messages a second, from all publishers together.") var rate = 100.0
    @Option(help: "Seconds to measure.") var seconds = 10.0
    @Option(help: "Seconds of the same load before the measurement.") var warmup = 1.0
    @Flag(help: "Send one message at a time.") var closed = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard rate > 0, seconds > 0, warmup >= 0 else { throw ValidationError("All numbers must be above 0.") }
    }

    func run() throws {
        var meter = try Meter(target)
        var load = try options.load(target)
        let connectionsPerSecond = try load.connect(options.subscribers)
        meter.noteIdle(connections: options.subscribers, perSecond: connectionsPerSecond)
        let scheduled = closed ? nil : rate
        _ = load.drive(rate: scheduled, seconds: warmup)
        let measured = meter.measure { load.drive(rate: scheduled, seconds: seconds) }
        print(json ? FigureFormat.json(measured.figures) : FigureFormat.text(measured.figures))
        if let error = measured.result.firstError { Process.writeErrorLine("The server answered: \(error)") }
        if !measured.result.isComplete { throw ExitCode(1) }
    }
}
