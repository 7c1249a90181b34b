// Latencies without load: of a private message, and of the commands about a room's members.

import ArgumentParser
import Linux

struct PairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pair", abstract: "Measure private messages from one client to another, one at a time.",
        discussion: "With raw, which has no private messages, both clients receive each message.")

    @OptionGroup var target: TargetOptions
    @Option(help: "Seconds to measure.") var seconds = 5.0
    @Option(help: "Bytes of a message's text.") var textBytes = 100
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        var meter = try Meter(target)
        var load = Load(
            poller: try ConnectionPoller(batch: Load.readyBatch), target: target,
            assignment: RoomAssignment(rooms: 1, each: 1), publishers: 1,
            text: String(repeating: "x", count: textBytes), isPrivate: true)
        let connectionsPerSecond = try load.connect(2)
        meter.noteIdle(connections: 2, perSecond: connectionsPerSecond)
        _ = load.drive(rate: nil, seconds: 0.5)
        let measured = meter.measure { load.drive(rate: nil, seconds: seconds) }
        print(json ? FigureFormat.json(measured.figures) : FigureFormat.text(measured.figures))
        if !measured.result.isComplete { throw ExitCode(1) }
    }
}

struct MembersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "members",
        abstract: "Measure how long it takes to join and leave a room, and to list rooms and members.")

    /// The name of the JSON figure, the command, and the type of its answer.
    private static let commands = [
        ("leave", #"{"type":"leave","room":"lobby"}"#, "left"), ("join", #"{"type":"join","room":"lobby"}"#, "joined"),
        ("who", #"{"type":"who","room":"lobby"}"#, "who"), ("rooms", #"{"type":"rooms"}"#, "rooms"),
    ]

    @OptionGroup var target: TargetOptions
    @OptionGroup var options: LoadOptions
    @Option(help: "How often to send each command.") var times = 200
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        _ = try Meter(target)
        var load = try options.load(target)
        _ = try load.connect(options.subscribers)
        var latencies = MembersCommand.commands.map { _ in LatencyHistogram() }
        for _ in 0..<times {
            for (index, command) in MembersCommand.commands.enumerated() {
                latencies[index].record(nanoseconds: try load.ask(0, command.1, for: command.2))
            }
        }
        let figures = zip(MembersCommand.commands, latencies).map { ("\($0.0)_p50_ms", $1.milliseconds(at: 50)) }
        print(json ? FigureFormat.json(figures) : FigureFormat.text(figures))
    }
}
