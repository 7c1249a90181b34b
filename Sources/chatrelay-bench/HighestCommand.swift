// The highest rate that a server keeps up with.

import ArgumentParser

struct HighestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "highest", abstract: "Find the highest rate at which no message is late or lost.",
        discussion: """
            Doubles the rate until the 99th percentile of the latency from the schedule is above --late twice, or a message \
            is lost; then tries the rate in between. The figures are those of the highest rate that the server kept up with.
            """)

    @OptionGroup var target: TargetOptions
    @OptionGroup var options: LoadOptions
    @Option(help: "Messages a second of the first step.") var start = 100.0
    @Option(help: "The highest rate to try.") var end = 100_000.0
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
        for factor in [2, 2.0.squareRoot()] {
            if factor < 2 {
                // The server may have closed some connections.
                load = try options.load(target, firstName: options.subscribers)
                _ = try load.connect(options.subscribers)
            }
            var rate = best.map { $0.rate * factor } ?? start
            while rate <= end, let figures = try hold(rate, &load, meter) {
                best = (rate, figures)
                if factor < 2 { break }
                rate *= factor
            }
        }
        let figures = [("highest_rate", best?.rate ?? 0)] + (best?.figures ?? [])
        print(json ? FigureFormat.json(figures) : FigureFormat.text(figures))
    }

    /// - Returns: nil where the server does not keep up in two tries, or loses a message in one.
    private func hold(_ rate: Double, _ load: inout Load, _ meter: Meter) throws -> [Figure]? {
        for _ in 0..<2 {
            let measured = meter.measure { load.drive(rate: rate, seconds: seconds) }
            guard measured.result.isComplete else { return nil }
            if measured.result.latencies.milliseconds(at: 99) < late { return measured.figures }
        }
        return nil
    }
}
