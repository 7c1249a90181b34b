// The highest rate that a server keeps up with.

import ArgumentParser

struct Highest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find the highest rate at which nothing is late or lost.",
        discussion: """
            Raises the rate in steps of a half power of two, until the 99th percentile of the latency from the schedule is \
            over --late twice, or something is lost. The figures are those of the last step that held.
            """)

    /// Each rate is this many times the one before: two steps double it.
    private static let factor = 2.0.squareRoot()

    @OptionGroup var target: Target
    @OptionGroup var options: LoadOptions
    @Option(help: "Messages a second of the first step.") var start = 100.0
    @Option(help: "Where it ends at the latest.") var end = 100_000.0
    @Option(help: "Seconds of a step.") var seconds = 4.0
    @Option(help: "Milliseconds that the 99th percentile may reach.") var late = 50.0
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        var meter = try Meter(target)
        var load = try options.load(target)
        let connectionsPerSecond = try load.connect(options.subscribers)
        meter.noteIdle(connections: options.subscribers, perSecond: connectionsPerSecond)
        _ = load.drive(rate: min(start, 100), seconds: 1)
        var best: (rate: Double, figures: [Figure])?
        var rate = start
        while rate <= end, let figures = try hold(rate, &load, meter) {
            best = (rate, figures)
            rate *= Highest.factor
        }
        let figures = [("highest_rate", best?.rate ?? 0)] + (best?.figures ?? [])
        print(json ? Report.json(figures) : Report.text(figures))
    }

    /// - Returns: nothing where the server does not keep up, in two tries.
    private func hold(_ rate: Double, _ load: inout Load, _ meter: Meter) throws -> [Figure]? {
        for _ in 0..<2 {
            let report = meter.measure { load.drive(rate: rate, seconds: seconds) }
            guard report.run.isWhole else { return nil }
            if report.run.latencies.percentile(0.99) < late { return report.figures }
        }
        return nil
    }
}
