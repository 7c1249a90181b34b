// How long a message takes from one person to one other, while nobody else says anything; and what people in a large room wait
// for when they come, go or look who is there.

import ArgumentParser
import Linux

struct Pair: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure one message to one other person, one at a time.",
        discussion: "With raw, both get it: what a server without private messages can do.")

    @OptionGroup var target: Target
    @Option(help: "Seconds to measure.") var seconds = 5.0
    @Option(help: "Bytes of a message's text.") var textBytes = 100
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        var meter = try Meter(target)
        var load = Load(
            poller: try ConnectionPoller(batch: Load.readyBatch), target: target, seating: Seating(rooms: 1, each: 1),
            publishers: 1,
            text: String(repeating: "x", count: textBytes), isPrivate: true)
        let connectionsPerSecond = try load.connect(2)
        meter.noteIdle(connections: 2, perSecond: connectionsPerSecond)
        _ = load.drive(rate: nil, seconds: 0.5)
        let report = meter.measure { load.drive(rate: nil, seconds: seconds) }
        print(json ? Report.json(report.figures) : Report.text(report.figures))
        if !report.run.isWhole { throw ExitCode(1) }
    }
}

struct Members: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how long it takes to join a room, to leave it, and to ask who is in it.")

    /// The names of the JSON figures, what is sent and what answers it.
    private static let questions = [
        ("leave", #"{"type":"leave","room":"lobby"}"#, "left"), ("join", #"{"type":"join","room":"lobby"}"#, "joined"),
        ("who", #"{"type":"who","room":"lobby"}"#, "who"), ("rooms", #"{"type":"rooms"}"#, "rooms"),
    ]

    @OptionGroup var target: Target
    @OptionGroup var options: LoadOptions
    @Option(help: "How often each is done.") var times = 200
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        _ = try Meter(target)
        var load = try options.load(target)
        _ = try load.connect(options.subscribers)
        var latencies = Members.questions.map { _ in Histogram() }
        for _ in 0..<times {
            for (index, question) in Members.questions.enumerated() {
                latencies[index].add(try load.ask(0, question.1, for: question.2))
            }
        }
        let figures = zip(Members.questions, latencies).map { ("\($0.0)_p50_ms", $1.percentile(0.5)) }
        print(json ? Report.json(figures) : Report.text(figures))
    }
}
